/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What somebody did. Clients must expect further values. */
export type ActivityKind =
  /** They reached an achievement of a game. */
  | 'ACHIEVEMENT_UNLOCKED'
  /** They showed a build to everyone. */
  | 'BUILD_PUBLISHED'
  /** They became friends with somebody. */
  | 'FRIEND_ADDED'
  /** They bought a game, or were given one. */
  | 'GAME_ADDED'
  | '%future added value';

/** A typed figure of a game's items. */
export type AttributeDefinitionInput = {
  /** Of a number: what an item that does not have it has instead. Without one that is 0. */
  defaultValue?: number | null | undefined;
  /** Whether every item has it. */
  isRequired?: boolean;
  /** What formulas and filters call it. */
  key: string;
  /** The greatest value of a number. */
  max?: number | null | undefined;
  /** The least value of a number. */
  min?: number | null | undefined;
  name: string;
  type: AttributeType;
  /** Such as `kg` or `%`. */
  unit?: string | null | undefined;
  /** Of an ENUM or a LIST; else empty. */
  values?: Array<string>;
};

/** What the values of an attribute are. */
export type AttributeType =
  /** True or false. */
  | 'BOOLEAN'
  /** Numbers. */
  | 'DECIMAL'
  /** One of the values that the definition lists. */
  | 'ENUM'
  /** Whole numbers. */
  | 'INTEGER'
  /** Some of the values that the definition lists, in an order; repeats are allowed. */
  | 'LIST'
  /** Texts for people. */
  | 'TEXT'
  | '%future added value';

/** What a build is to cost. Least and most are part of the range. */
export type BuildCostFilter = {
  max?: number | null | undefined;
  min?: number | null | undefined;
};

/** An item to put into a slot. */
export type BuildItemInput = {
  itemId: string | number;
  /** The key of the slot. */
  slot: string;
  /** Where the slot is sockets of other items. */
  socket?: BuildSocketInput | null | undefined;
};

/** What to choose: a number, or one of the values of the parameter. */
export type BuildParameterInput = {
  /** One of `ParameterDefinition.values`. */
  choice?: string | null | undefined;
  key: string;
  /** A whole number. */
  value?: number | null | undefined;
};

/** A socket of an item of the same build. */
export type BuildSocketInput = {
  /** Which of its sockets: 0, 1, 2 … */
  index: number;
  /** Which item of the list has it: 0, 1, 2 … */
  of: number;
};

/** What a stat is to be. Least and most are part of the range. */
export type BuildStatFilter = {
  max?: number | null | undefined;
  min?: number | null | undefined;
  /** Its key. */
  stat: string;
};

/** Who may see a build. */
export type BuildVisibility =
  /** Nobody but its author. */
  | 'PRIVATE'
  /** Everyone, and it is listed. */
  | 'PUBLIC'
  /** Whoever has its id or its share code. It is listed nowhere. */
  | 'UNLISTED'
  | '%future added value';

/** How many talk in a chat. */
export type ChatKind =
  /** Two, always the same, who have no other such chat. */
  | 'DIRECT'
  /** Up to 100, who come and go. */
  | 'GROUP'
  | '%future added value';

/** How far a computation has come. */
export type ComputationState =
  /** It was stopped; what it has come to so far is kept. */
  | 'CANCELLED'
  | 'DONE'
  /** It cannot come to an end; `problem` says why. */
  | 'FAILED'
  /** It waits for its turn, the first time or once more. */
  | 'QUEUED'
  | 'RUNNING'
  | '%future added value';

/** A build to make. */
export type CreateBuildInput = {
  gameId: string | number;
  /** At most 200; those of one slot in their order. */
  items: Array<BuildItemInput>;
  name: string;
  notes?: string | null | undefined;
  /** What is not given has the game’s default. */
  parameters?: Array<BuildParameterInput>;
  visibility?: BuildVisibility;
};

/** A game to begin, as a draft. */
export type CreateGameInput = {
  /** Of an image, by https. */
  coverUrl?: string | null | undefined;
  /** The locale of its own texts, which stand in where others are missing. */
  language?: string;
  platforms?: Array<GamePlatform> | null | undefined;
  /** The unique name, for addresses. */
  slug: string;
  studioId: string | number;
  /** By name; at most 20. */
  tags?: Array<string> | null | undefined;
  texts?: Array<GameTextInput> | null | undefined;
};

/** A studio to found. */
export type CreateStudioInput = {
  /** 3 to 40 small letters and digits, with single hyphens between them. */
  handle: string;
  name: string;
};

/** Why a message has had no effect. */
export type DeadLetterReason =
  /** The consumer failed at it, each time. */
  | 'HANDLER_FAILED'
  /** Its data are not as agreed for this kind of event. */
  | 'INVALID_DATA'
  /** It is no event at all: not JSON, or without an event's headers. */
  | 'MALFORMED'
  /** This version does not know such events. One that does tries it again when it starts. */
  | 'UNKNOWN_TYPE'
  | '%future added value';

/** What a side does in a fight. */
export type FightActionInput = {
  /** Whether it has its effects: `chance(stat.hit / 100)`. Always, if not said. */
  condition?: string | null | undefined;
  /** Each sees what those before it did. */
  effects?: Array<FightEffectInput>;
  /** By TIME: the seconds until it comes again, asked anew each time. */
  every?: string | null | undefined;
  /** By TIME: the seconds until it comes first. At once, if not said. */
  first?: string | null | undefined;
  key: string;
  name: string;
};

/** A fight that builds can be simulated in. */
export type FightDefinitionInput = {
  /** The build’s; of a fight of two builds, that of both. */
  build: FightSideInput;
  /** Asked after each action, from the build’s side: whether it is over. */
  end?: string | null | undefined;
  key: string;
  /** Seconds, or turns: then it ends, whatever happens. */
  limit: number;
  measures: Array<FightMeasureInput>;
  name: string;
  pace: FightPace;
  /** Null for a fight of two builds. */
  target?: FightSideInput | null | undefined;
};

/** Gives a variable another value. */
export type FightEffectInput = {
  /** Its new value: `other.health - self.damage`. */
  formula: string;
  of?: FightEffectOf;
  /** Its key. */
  variable: string;
};

/** Whose variable an effect changes. */
export type FightEffectOf =
  | 'OTHER'
  | 'SELF'
  | '%future added value';

/** What is told of a fight. */
export type FightMeasureInput = {
  /** From the build’s side, when it is over: `self.dealt / time()`, `other.health <= 0`. */
  formula: string;
  key: string;
  name: string;
  type?: FightMeasureType;
  unit?: string | null | undefined;
};

/** What is measured of a fight. */
export type FightMeasureType =
  /** How often something is so: its formula is a condition. */
  | 'CHANCE'
  | 'NUMBER'
  | '%future added value';

/** When the sides of a fight act. */
export type FightPace =
  /** Each action comes in seconds of its own. */
  | 'TIME'
  /** In each turn each side does one, the faster one first. */
  | 'TURNS'
  | '%future added value';

/** A side of a fight. */
export type FightSideInput = {
  /** By TURNS: it does the first whose condition holds. */
  actions?: Array<FightActionInput>;
  /** By TURNS: who has more goes first; chance decides between equals. */
  speed?: string | null | undefined;
  variables?: Array<FightVariableInput>;
};

/** A figure of one side that changes in a fight. */
export type FightVariableInput = {
  /** What it begins with. May use the variables before it. */
  formula: string;
  /** Formulas call it `self.key`, those of the other side `other.key`. */
  key: string;
  name: string;
};

/** What somebody is to the viewer. */
export type FriendshipStatus =
  /** The viewer has blocked them. (A block by them is not told.) */
  | 'BLOCKED'
  | 'FRIENDS'
  | 'NONE'
  /** They want to be friends, and the viewer has not answered. */
  | 'REQUEST_RECEIVED'
  /** The viewer wants to be friends, and they have not answered. */
  | 'REQUEST_SENT'
  | '%future added value';

/** What a game's items are made of, and the rules of its builds. */
export type GameDataInput = {
  attributes?: Array<AttributeDefinitionInput>;
  /** The key of the attribute that is what an item costs: a number. */
  cost?: string | null | undefined;
  fights?: Array<FightDefinitionInput>;
  modifiers?: Array<ModifierDefinitionInput>;
  parameters?: Array<ParameterDefinitionInput>;
  rules?: Array<RuleDefinitionInput>;
  slots?: Array<SlotDefinitionInput>;
  stats?: Array<StatDefinitionInput>;
  tables?: Array<TableDefinitionInput>;
};

/** By what games can be narrowed down. */
export type GameFacetField =
  | 'PLATFORM'
  | 'TAG'
  | '%future added value';

/** Which games; all that is given must hold. */
export type GameFilter = {
  minOwners?: number | null | undefined;
  /** Whether there is a discount now. */
  onSale?: boolean | null | undefined;
  /** Games for any of these. */
  platforms?: Array<GamePlatform> | null | undefined;
  studioId?: string | number | null | undefined;
  /** Slugs: games with all of these tags. */
  tags?: Array<string> | null | undefined;
};

/** What a game runs on. Clients must expect further values. */
export type GamePlatform =
  | 'ANDROID'
  | 'IOS'
  | 'LINUX'
  | 'MACOS'
  | 'PLAYSTATION'
  | 'SWITCH'
  | 'WEB'
  | 'WINDOWS'
  | 'XBOX'
  | '%future added value';

/** The texts of a game in one locale, in place of those it had there. */
export type GameTextInput = {
  description?: string | null | undefined;
  /** As BCP 47 writes it: `de`, `pt-BR`. */
  locale: string;
  /** In a sentence or two. */
  summary?: string | null | undefined;
  title: string;
};

/** What an attribute must be; all that is given must hold. */
export type ItemAttributeFilter = {
  /** A value of the type of the attribute. */
  equals?: unknown;
  key: string;
  /** Of a number: this or less. */
  max?: number | null | undefined;
  /** Of a number: this or more. */
  min?: number | null | undefined;
};

/** An order by the values of an attribute; items without it come last. */
export type ItemAttributeSort = {
  descending?: boolean;
  key: string;
};

/** Which items; all that is given must hold. */
export type ItemFilter = {
  attributes?: Array<ItemAttributeFilter> | null | undefined;
  category?: string | null | undefined;
  /** The key of a slot that it fits. */
  slot?: string | null | undefined;
};

/** An item as it is to be. */
export type ItemInput = {
  /** An object: numbers, booleans and texts by the keys of attributes. */
  attributes?: unknown;
  category: string;
  /** Of an image, by https. */
  iconUrl?: string | null | undefined;
  /** Unique within the game, and for ever: at most 64 characters, without spaces. */
  key: string;
  name: string;
  /** Keys of the slots that it fits. */
  slots?: Array<string>;
};

/** Where a licence comes from. Clients must expect further values. */
export type LicenceSource =
  /** An operator of the platform gave it. */
  | 'GRANT'
  /** It was bought. */
  | 'ORDER'
  | '%future added value';

/** Whether a licence is good. */
export type LicenceState =
  /** The game may be played. */
  | 'ACTIVE'
  /** It was never granted. */
  | 'REFUSED'
  /** It is not good any more. */
  | 'REVOKED'
  | '%future added value';

/** A change of a stat. */
export type ModifierDefinitionInput = {
  /** When it applies: `count(item.set = 'Wolf') >= 2`. Always, if not said. */
  condition?: string | null | undefined;
  /** A number, or a percentage: `sum(haste_rating) / 32.79`. */
  formula: string;
  /** Of a CONVERSION: the stat that gives. */
  from?: string | null | undefined;
  key: string;
  layer: ModifierLayer;
  name: string;
  /** Of what the stat is right after it. */
  rounding?: Rounding;
  /** The key of the stat that it changes. */
  stat: string;
};

/** How a modifier changes a stat. Layers are applied in this order, and within one the modifiers in theirs. */
export type ModifierLayer =
  /** The stat is no more. */
  | 'CAP'
  /** So many percent of another stat become part of this one, and leave that. */
  | 'CONVERSION'
  /** Is added. */
  | 'FLAT'
  /** So many percent of what FLAT and CONVERSION came to are added. */
  | 'INCREASED'
  /** The stat is no less. */
  | 'MINIMUM'
  /** So many percent of what the stat is by then are added. */
  | 'MORE'
  | '%future added value';

/** An amount in a currency. */
export type MoneyInput = {
  /** ISO 4217: `EUR`, `JPY`. */
  currency: string;
  /** In the currency's smallest unit. */
  minor: string;
};

/** What a notification is about. Clients must expect further values. */
export type NotificationKind =
  /** A patch of `game` concerns `build`. */
  | 'BUILD_NEEDS_REVIEW'
  /** `actor` is a friend now, as was asked. */
  | 'FRIEND_ACCEPTED'
  /** `actor` wants to be friends. */
  | 'FRIEND_REQUEST'
  /** `actor` wrote in `chat`, where all had been read. What follows is not told. */
  | 'MESSAGE'
  | '%future added value';

/** What is asked of a build. */
export type OptimisationConflictKind =
  | 'BUDGET'
  | 'KEPT'
  | 'LIMIT'
  | 'REQUIRED'
  | '%future added value';

/** What is known of the best build. */
export type OptimisationOutcome =
  /** There is no such build: `conflicts` names what is in the way. */
  | 'INFEASIBLE'
  /** There is none better: that is proven. */
  | 'OPTIMAL'
  /** There may be a better one. */
  | 'SEARCHING'
  /** Time is over. `bound` says how much better another could be at most. */
  | 'STOPPED'
  | '%future added value';

/** What the best build is to be like. */
export type OptimiseBuildInput = {
  /** How many builds: the best, and then others that differ from all before. At most 10. */
  alternatives?: number;
  /** What the whole build costs at most, by the attribute that is the game’s `cost`. */
  budget?: number | null | undefined;
  /** The build to begin with: its parameters hold, and what is in locked slots stays. */
  buildId: string | number;
  /** How many items two of them have at least that the other has not, together: 2 for one item for another. */
  differing?: number;
  /** Items that are not to be chosen. */
  excludedItemIds?: Array<string | number>;
  limits?: Array<StatLimitInput>;
  /** Keys of slots that stay as they are, with what is in their sockets. Empty sockets are filled, unless their slot is locked. */
  lockedSlots?: Array<string>;
  /** What is to be as much as possible: a formula of the game’s own stats, such as `stat.dps + 0.1 * stat.health`. */
  objective: string;
  /** Whether only items of your own inventory are chosen, each as often as it is there. */
  ownedOnly?: boolean;
  required?: RequiredItemInput | null | undefined;
  /** After so many seconds the best so far is it, whether or not that is proven. */
  seconds?: number;
};

/** What pays for an order. */
export type OrderFunding =
  /** The wallet what it has, and the payment provider the rest. */
  | 'MIXED'
  /** The payment provider is charged all of it. */
  | 'PROVIDER'
  /** The wallet of the currency, all of it. */
  | 'WALLET'
  | '%future added value';

/** How far an order is. Clients must expect further values. */
export type OrderState =
  /** The licence is granted, and the payment provider is asked for the money. */
  | 'COLLECTING'
  /** The licence is granted, and the money is taken. */
  | 'COMPLETED'
  /** The money is set aside, and the library is asked for the licence. */
  | 'HELD'
  /** The payer is to confirm the payment: see `payment`. */
  | 'PAYING'
  /** The licence is taken back, and so is the money given. */
  | 'REFUNDED'
  /** The library is asked to take the licence back. */
  | 'REFUND_REQUESTED'
  /** There is no licence, and the money came back. */
  | 'REFUSED'
  /** The payment failed or was charged back: the licence is taken back. */
  | 'REVERSED'
  | '%future added value';

/** What whoever makes a build chooses: a whole number, or one of some values. */
export type ParameterDefinitionInput = {
  /** Of a number. */
  defaultValue?: number;
  /** Formulas call it `param.key`. */
  key: string;
  /** Of a number. */
  max?: number;
  /** Of a number. */
  min?: number;
  name: string;
  /** What there is to choose from; the first is the default. Empty for a number. */
  values?: Array<string>;
};

/** In what the payment provider and we differ. Clients must expect further values. */
export type PaymentMismatchKind =
  /** The sum or the currency is another. */
  | 'AMOUNT'
  /** Not as much was given back. */
  | 'REFUND'
  /** The provider will not give back what is due: see `fault`. */
  | 'REFUND_REFUSED'
  /** The provider is further with it, or not so far. */
  | 'STATE'
  /** The provider has a charge that is none of ours. */
  | 'UNKNOWN_HERE'
  /** We have one that the provider does not know. */
  | 'UNKNOWN_THERE'
  | '%future added value';

/** A time of playing, as a device kept it that was without a network. */
export type PlaySessionReport = {
  endedAt: string;
  gameId: string | number;
  startedAt: string;
};

/** Whether somebody is there. */
export type PresenceStatus =
  /** Connected, but doing nothing there. */
  | 'AWAY'
  /** There, and not to be disturbed. */
  | 'BUSY'
  /** There, without showing it: to all others it is OFFLINE. */
  | 'INVISIBLE'
  /** Not there, or not for the viewer to know. */
  | 'OFFLINE'
  | 'ONLINE'
  | '%future added value';

/** What to buy, at the price of a quote. */
export type PurchaseGameInput = {
  /** If not given: WALLET. */
  funding?: OrderFunding | null | undefined;
  /** 16 to 255 characters that the client makes up for this wish, such as a UUID, and sends again whenever it does not know whether it was heard: it is carried out once, and every answer is about that one time, a refusal too. Another wish needs another key. Kept for 30 days. */
  idempotencyKey: string;
  quoteId: string | number;
  /** Of a voucher, which takes a part off. */
  voucherCode?: string | null | undefined;
};

export type RebuildState =
  /** The change-over has happened. */
  | 'DONE'
  /** Nothing has changed. */
  | 'FAILED'
  /** The owner tells what it has; readers see what was there before. */
  | 'FILLING'
  | '%future added value';

/** Who wants an account. */
export type RegisterInput = {
  /** The handle, if not given. */
  displayName?: string | null | undefined;
  email: string;
  /** 3 to 24 letters and digits, with single underscores between them. */
  handle: string;
  /** At least 8 characters of any kind, 128 at most. */
  password: string;
  /** ISO 3166-1 alpha-2. */
  region?: string | null | undefined;
};

/** What a device says of its user, every 30 seconds. */
export type ReportPresenceInput = {
  /** A UUID that the device makes when it connects. */
  connectionId: string | number;
  /** What is played on this device. */
  gameId?: string | number | null | undefined;
  /** Not OFFLINE: end the connection for that. */
  status: PresenceStatus;
};

/** An item that the build must have. */
export type RequiredItemInput = {
  itemId: string | number;
  /** The key of the slot that it is to be in. */
  slot: string;
};

/** Of what time, and in which currency. */
export type RevenueFilter = {
  /** ISO 4217. Amounts of different currencies never mix. */
  currency: string;
  /** From then on. */
  from?: string | null | undefined;
  /** Before then. */
  to?: string | null | undefined;
};

/** What somebody is on this platform. Clients must expect further values. */
export type Role =
  /** Operates the platform. */
  | 'ADMIN'
  /** Reads statistics over all games and players. */
  | 'ANALYST'
  /** Founds studios, and publishes games for them. */
  | 'DEVELOPER'
  /** Suspends accounts, and hides what breaks the rules. */
  | 'MODERATOR'
  /** Plays, buys, builds and talks. Everyone is one. */
  | 'PLAYER'
  | '%future added value';

/** How a number becomes a whole one. */
export type Rounding =
  | 'CEIL'
  | 'FLOOR'
  /** Halves away from zero. */
  | 'NEAREST'
  /** It does not. */
  | 'NONE'
  /** Towards zero. */
  | 'TRUNCATE'
  | '%future added value';

/** What must hold of builds. */
export type RuleDefinitionInput = {
  /** How to mend it. */
  cure?: string | null | undefined;
  /** True or false: `sum(weight) <= stat.strength * 10`. */
  formula: string;
  key: string;
  /** What to say of a build of which it does not hold. */
  message: string;
  scope?: RuleScope;
};

/** What a rule is about. */
export type RuleScope =
  /** A build as a whole. */
  | 'BUILD'
  /** Each item of a build: its formula may use `item.key`, `slot()`, `copies()` and the like. */
  | 'ITEM'
  | '%future added value';

/** What the viewer says, and where. */
export type SendMessageInput = {
  chatId: string | number;
  /** A UUID that the client makes for this message. Sent again with it, the message is not said twice. */
  clientId: string | number;
  /** The message of this chat that it answers. */
  replyToId?: string | number | null | undefined;
  /** 1 to 4000 characters. */
  text: string;
};

/** Which fight of a build, and how often. */
export type SimulateBuildInput = {
  buildId: string | number;
  /** The key of the fight: `GameData.fights`. */
  fight: string;
  /** How many fights: 100 to 1000000. */
  iterations?: number;
  /** The other build, in a fight of two. */
  opponentId?: string | number | null | undefined;
  /** Stops before so many once all is known so closely: when from no mean to `low` or `high` is more than this part of it, or for a CHANCE more than this. 0.01 is one percent. */
  precision?: number | null | undefined;
  /** The same seed makes the same fights. */
  seed?: number;
};

/** A place for items in builds. */
export type SlotDefinitionInput = {
  /** How many items it holds: 1 to 100. */
  capacity?: number;
  /** Whether it must hold one at least. */
  isRequired?: boolean;
  /** What formulas and items call it. */
  key: string;
  /** The LIST of an item for sockets that says which of these it matches. */
  matchedBy?: string | null | undefined;
  name: string;
  /** Of a slot that is sockets of other items: the LIST that says which sockets an item has. */
  socketsOf?: string | null | undefined;
};

/** A figure of a build. */
export type StatDefinitionInput = {
  /** A number: `sum(damage) * (1 + param.level / 100)`. */
  formula: string;
  /** Formulas call it `stat.key`. */
  key: string;
  name: string;
  /** Of what its formula and the modifiers of it come to. */
  rounding?: Rounding;
  unit?: string | null | undefined;
};

/** What a stat of the build must be. */
export type StatLimitInput = {
  max?: number | null | undefined;
  min?: number | null | undefined;
  /** The key of the stat. */
  stat: string;
};

/** What the values of a table are looked up by. */
export type TableAxisInput = {
  match?: TableMatch;
  /** Rising; empty for an axis of texts. */
  numbers?: Array<number>;
  /** Empty for an axis of numbers. */
  texts?: Array<string>;
};

/** Numbers for formulas to look up. */
export type TableDefinitionInput = {
  /** One, or two. */
  axes: Array<TableAxisInput>;
  /** Formulas call it `table.key(first, second)`. */
  key: string;
  name: string;
  /** All of the first key of the first axis, then all of its second, and so on. */
  values: Array<number>;
};

/** How a value is looked up on an axis of a table. */
export type TableMatch =
  /** The same key. */
  | 'EXACT'
  /** Between the two numbers next to it, in proportion. */
  | 'LINEAR'
  /** The greatest number that is not greater. */
  | 'STEP'
  | '%future added value';

/** How far a top-up is. Clients must expect further values. */
export type TopUpState =
  /** The money is in the wallet. */
  | 'CAPTURED'
  /** The payer had the bank take the money back. */
  | 'CHARGED_BACK'
  /** The payment provider declined it: no money moved. */
  | 'DECLINED'
  /** The payment provider has not said yet what became of it. */
  | 'PENDING'
  | '%future added value';

/** How much money to put into a wallet. */
export type TopUpWalletInput = {
  /** At least 1 and at most 10^12 of the smallest unit. Its currency says which wallet. */
  amount: MoneyInput;
  /** 16 to 255 characters that the client makes up for this wish, such as a UUID, and sends again whenever it does not know whether it was heard: it is carried out once, and every answer is about that one time, a refusal too. Another wish needs another key. Kept for 30 days. */
  idempotencyKey: string;
};

/** Whether money came into a wallet, or went out of it. */
export type TransferDirection =
  | 'IN'
  | 'OUT'
  | '%future added value';

/** Why money moved. */
export type TransferKind =
  /** The order was completed, and the money set aside for it was taken. */
  | 'CAPTURE'
  /** It came from the payment provider, and was set aside for an order. */
  | 'CHARGE'
  /** The payment provider took back what the payer disputed. */
  | 'CHARGEBACK'
  /** It was put into escrow. */
  | 'ESCROW'
  /** The escrow was given back to its payer. */
  | 'ESCROW_REFUND'
  /** The escrow was released to its payee. */
  | 'ESCROW_RELEASE'
  /** The arbiter split the escrow. */
  | 'ESCROW_SPLIT'
  /** It was set aside for an order. */
  | 'HOLD'
  /** It was paid out to the studio. */
  | 'PAYOUT'
  /** The order was refunded. */
  | 'REFUND'
  /** The order was refused, and the money set aside for it went back. */
  | 'RELEASE'
  /** The studio's share of what was taken for a game. */
  | 'SHARE'
  /** The studio gave back its share of what was refunded. */
  | 'SHARE_BACK'
  /** It came from the payment provider into a wallet. */
  | 'TOP_UP'
  | '%future added value';

export type TopGamesByOwnersQueryVariables = Exact<{
  tag: string;
  first: number;
  after?: string | null | undefined;
}>;


export type TopGamesByOwnersQuery = { games: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, edges: Array<{ node: { title: string, ownersCount: number, buildsCount: number, tags: Array<{ slug: string }>, studio: { name: string }, price: { final: { minor: string } } | null, builds: { totalCount: number, edges: Array<{ node: { name: string, author: { handle: string, region: string | null } | null } }> }, achievements: { totalCount: number } } }> } };

export type BuildsOfRegionsQueryVariables = Exact<{
  gameId: string | number;
  first: number;
  after?: string | null | undefined;
}>;


export type BuildsOfRegionsQuery = { buildsByRegion: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, edges: Array<{ node: { region: string | null, buildsCount: number, authorsCount: number } }> } };

export type AuditCopiesQueryVariables = Exact<{
  projections?: Array<string> | string | null | undefined;
  sample?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type AuditCopiesQuery = { projectionAudit: Array<{ projection: string, owner: string, topic: string, compared: number, differing: number, behind: number, isComplete: boolean, endCursor: string | null, examples: Array<{ id: string, fields: Array<string>, copy: unknown, owner: unknown, copyVersion: number, ownerVersion: number }>, firstMissingEvent: { id: string, type: string, aggregateId: string, version: number, at: string } | null }> };

export type RepairCopiesMutationVariables = Exact<{
  projection: string;
}>;


export type RepairCopiesMutation = { repairProjection: { repaired: number, remaining: number, audit: { projection: string, differing: number, behind: number } } };

export type TakeQuoteMutationVariables = Exact<{
  gameId: string | number;
}>;


export type TakeQuoteMutation = { quoteGame:
    | { __typename: 'BaseGameMissing', message: string }
    | { __typename: 'GameNotForSale', message: string }
    | { __typename: 'GameOwnedAlready', message: string }
    | { __typename: 'GiftNotPossible', message: string }
    | { __typename: 'Quote', id: string, amount: { minor: string, currency: string }, game: { title: string } }
   };

export type PlaceOrderMutationVariables = Exact<{
  input: PurchaseGameInput;
}>;


export type PlaceOrderMutation = { purchaseGame:
    | { __typename: 'BaseGameMissing', message: string }
    | { __typename: 'GameNotForSale', message: string }
    | { __typename: 'GameOwnedAlready', message: string }
    | { __typename: 'InsufficientFunds', message: string, missing: { minor: string, currency: string } }
    | { __typename: 'Order', id: string }
    | { __typename: 'PriceChanged', message: string }
    | { __typename: 'PurchaseUnderWay', message: string }
    | { __typename: 'QuoteExpired', message: string }
    | { __typename: 'VoucherNotValid', message: string }
   };

export type ReceiptQueryVariables = Exact<{
  orderId: string | number;
}>;


export type ReceiptQuery = { order: { state: OrderState, completedAt: string | null, gameTitle: string | null, buyerHandle: string | null, amount: { minor: string, currency: string }, transactions: Array<{ kind: TransferKind, amount: { minor: string } }>, game: { title: string, studio: { name: string } } } | null, me: { wallets: Array<{ balance: { minor: string }, held: { minor: string }, transactions: { edges: Array<{ node: { kind: TransferKind, direction: TransferDirection, amount: { minor: string }, balanceAfter: { minor: string }, order: { gameTitle: string | null } | null } }> } }> | null, library: { edges: Array<{ node: { isOwned: boolean, gameTitle: string | null, gameTags: Array<string>, game: { ownersCount: number, price: { final: { minor: string } } | null }, licences: { edges: Array<{ node: { source: LicenceSource, sourceId: string, state: LicenceState } }> } | null } }> } | null } | null };

export type FeedOfFriendQueryVariables = Exact<{ [key: string]: never; }>;


export type FeedOfFriendQuery = { feed: { edges: Array<{ node: { kind: ActivityKind, userHandle: string | null, gameTitle: string | null, user: { displayName: string, gamesCount: number }, game: { slug: string } | null } }> } };

export type SomebodyCalledQueryVariables = Exact<{
  handle: string;
}>;


export type SomebodyCalledQuery = { userByHandle: { id: string } | null };

export type WhoAmIQueryVariables = Exact<{ [key: string]: never; }>;


export type WhoAmIQuery = { me: { handle: string, email: string | null } | null };

export type AllOrdersQueryVariables = Exact<{ [key: string]: never; }>;


export type AllOrdersQuery = { orders: { totalCount: number } };

export type OwnFeedQueryVariables = Exact<{ [key: string]: never; }>;


export type OwnFeedQuery = { feed: { totalCount: number } };

export type SearchBuildsQueryVariables = Exact<{
  search?: string | null | undefined;
}>;


export type SearchBuildsQuery = { builds: { totalCount: number } };

export type EndOtherSessionsMutationVariables = Exact<{ [key: string]: never; }>;


export type EndOtherSessionsMutation = { revokeOtherSessions: number };

export type FriendsAtALookQueryVariables = Exact<{
  friends: number;
}>;


export type FriendsAtALookQuery = { me: { friends: { totalCount: number, edges: Array<{ since: string, node: { handle: string, region: string | null, presence: { status: PresenceStatus, gameTitle: string | null, game: { coverUrl: string | null, studio: { name: string } } | null } | null, library: { edges: Array<{ node: { playtimeSeconds: number, game: { title: string, ownersCount: number } } }> } | null, builds: { edges: Array<{ node: { name: string, gameTitle: string | null, items: Array<{ name: string, item: { category: string } }>, stats: Array<{ name: string, value: number | null }> } }> } } }> } | null } | null };

export type PlayOfflineMutationVariables = Exact<{
  sessions: Array<PlaySessionReport> | PlaySessionReport;
}>;


export type PlayOfflineMutation = { reportPlaySessions: { acceptedCount: number, rejected: Array<{ message: string }> } };

export type ComeOnlineMutationVariables = Exact<{
  input: ReportPresenceInput;
}>;


export type ComeOnlineMutation = { reportPresence: { status: PresenceStatus } };

export type EventConsumersQueryVariables = Exact<{
  subgraph?: string | null | undefined;
}>;


export type EventConsumersQuery = { eventConsumers: Array<{ name: string, subgraph: string, topics: Array<string>, isProjection: boolean, eventsBehind: number, secondsBehind: number, parked: number, poisoned: number, lastAppliedAt: string | null, rebuild: { state: RebuildState } | null }> };

export type RebuildProgressQueryVariables = Exact<{
  projection: string;
}>;


export type RebuildProgressQuery = { projectionRebuild: { projection: string, state: RebuildState, startedAt: string, endedAt: string | null, done: number, total: number | null, failed: number, changed: number | null, error: string | null } | null };

export type RebuildCopiesMutationVariables = Exact<{
  projection: string;
}>;


export type RebuildCopiesMutation = { rebuildProjection: { state: RebuildState } };

export type DeadLettersQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  subgraph?: string | null | undefined;
  consumer?: string | null | undefined;
  reason?: DeadLetterReason | null | undefined;
}>;


export type DeadLettersQuery = { deadLetters: { edges: Array<{ cursor: string, node: { id: string, subgraph: string, consumer: string | null, topic: string, aggregateId: string | null, version: number | null, type: string | null, reason: DeadLetterReason, error: string, payload: unknown, sizeBytes: number, parkedAt: string, waiting: number } }>, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null } } };

export type DiscardedDeadLettersQueryVariables = Exact<{ [key: string]: never; }>;


export type DiscardedDeadLettersQuery = { discardedDeadLetters: { edges: Array<{ node: { id: string, discard: { by: string, reason: string } | null } }> } };

export type ReplayDeadLetterMutationVariables = Exact<{
  id: string | number;
}>;


export type ReplayDeadLetterMutation = { replayDeadLetter: { isGone: boolean, deadLetter: { id: string, error: string, waiting: number } | null } };

export type DiscardDeadLetterMutationVariables = Exact<{
  id: string | number;
  reason: string;
}>;


export type DiscardDeadLetterMutation = { discardDeadLetter: { id: string, aggregateId: string | null } };

export type OptimiseForDamageMutationVariables = Exact<{
  input: OptimiseBuildInput;
}>;


export type OptimiseForDamageMutation = { optimiseBuild: { id: string } };

export type WatchOptimisationSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type WatchOptimisationSubscription = { optimisationProgress: { state: ComputationState, outcome: OptimisationOutcome, build: { game: { title: string } }, answers: Array<{ objective: number, bound: number | null, isOptimal: boolean, items: Array<{ slot: string, name: string, item: { key: string } }> }>, conflicts: Array<{ kind: OptimisationConflictKind, stat: string | null }> | null } };

export type WhyNotItemMutationVariables = Exact<{
  id: string | number;
  itemId: string | number;
}>;


export type WhyNotItemMutation = { whyNotItem: { id: string } };

export type OptimisationByNodeQueryVariables = Exact<{
  id: string | number;
}>;


export type OptimisationByNodeQuery = { node:
    | { state: ComputationState, loss: number | null, requiredItem: { name: string } | null }
    | Record<PropertyKey, never>
   | null };

export type NextUpgradeQueryVariables = Exact<{
  buildId: string | number;
  objective: string;
}>;


export type NextUpgradeQuery = { buildUpgrades: Array<{ name: string, gain: number, item: { key: string } }> };

export type BuildAsItIsQueryVariables = Exact<{
  id: string | number;
}>;


export type BuildAsItIsQuery = { build: { revision: number, dataVersion: number, needsReview: boolean, isOutdated: boolean, game: { dataVersion: number }, items: Array<{ name: string, attributes: Array<{ key: string, value: unknown, pinnedValue: unknown, isChanged: boolean }>, item: { attributes: Array<{ key: string, value: unknown }> } }>, stats: Array<{ key: string, value: number | null }>, violations: Array<{ rule: string, message: string }>, patch: { fromVersion: number, toVersion: number, summary: string } | null } | null };

export type ProposeDataMutationVariables = Exact<{
  gameId: string | number;
}>;


export type ProposeDataMutation = { proposeGameData:
    | { __typename: 'GameDataFaulty', message: string }
    | { __typename: 'GameDataProposal', id: string }
    | { __typename: 'GameDataUnchanged', message: string }
   };

export type ImpactOfQueryVariables = Exact<{
  id: string | number;
}>;


export type ImpactOfQuery = { node:
    | { __typename: 'Achievement' }
    | { __typename: 'AchievementUnlock' }
    | { __typename: 'Activity' }
    | { __typename: 'Build' }
    | { __typename: 'Chat' }
    | { __typename: 'Escrow' }
    | { __typename: 'FriendRequest' }
    | { __typename: 'Game' }
    | { __typename: 'GameDataProposal', dataVersion: number, impact: { isComplete: boolean, buildsDone: number, broken: Array<{ build: { name: string, author: { handle: string } | null } }>, mostAffected: Array<{ summary: string }> } | null }
    | { __typename: 'Item' }
    | { __typename: 'LibraryEntry' }
    | { __typename: 'Licence' }
    | { __typename: 'Message' }
    | { __typename: 'Notification' }
    | { __typename: 'Optimisation' }
    | { __typename: 'Order' }
    | { __typename: 'Payout' }
    | { __typename: 'PlaySession' }
    | { __typename: 'Quote' }
    | { __typename: 'Session' }
    | { __typename: 'Simulation' }
    | { __typename: 'SimulationBatch' }
    | { __typename: 'Studio' }
    | { __typename: 'TopUp' }
    | { __typename: 'User' }
    | { __typename: 'Wallet' }
   | null };

export type WatchAnalysisSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type WatchAnalysisSubscription = { buildAnalysis: { build: { game: { title: string } } | null, stats: Array<{ key: string, value: number | null }>, patch: { summary: string } | null } };

export type ReviewsToDoQueryVariables = Exact<{ [key: string]: never; }>;


export type ReviewsToDoQuery = { me: { notifications: { edges: Array<{ node: { kind: NotificationKind, build: { name: string, patch: { summary: string } | null } | null, game: { title: string } | null } }> } | null } | null };

export type SaveAnewMutationVariables = Exact<{
  id: string | number;
  revision: number;
}>;


export type SaveAnewMutation = { saveBuild:
    | { __typename: 'Build', revision: number, dataVersion: number, needsReview: boolean }
    | { __typename: 'BuildFaulty', message: string }
   };

export type ImportRulesMutationVariables = Exact<{
  gameId: string | number;
  file: string;
}>;


export type ImportRulesMutation = { importRules:
    | { __typename: 'GameDataDraft', revision: number }
    | { __typename: 'RuleFileFaulty', message: string, faults: Array<{ path: string, line: number | null, column: number | null, message: string }> }
   };

export type BuildAndItsFiguresQueryVariables = Exact<{
  id: string | number;
}>;


export type BuildAndItsFiguresQuery = { build: { stats: Array<{ key: string, value: number | null }>, violations: Array<{ rule: string }> } | null };

export type RetitleGameMutationVariables = Exact<{
  id: string | number;
  title: string;
}>;


export type RetitleGameMutation = { updateGame:
    | { __typename: 'Game', title: string }
    | { __typename: 'GameIncomplete' }
    | { __typename: 'GameSlugTaken' }
   };

export type TitleOnBuildQueryVariables = Exact<{
  gameId: string | number;
}>;


export type TitleOnBuildQuery = { builds: { edges: Array<{ node: { gameTitle: string | null } }> } };

export type TakeHandleMutationVariables = Exact<{
  handle: string;
}>;


export type TakeHandleMutation = { changeHandle:
    | { __typename: 'HandleCoolingDown', message: string }
    | { __typename: 'HandleTaken', message: string }
    | { __typename: 'User', handle: string }
   };

export type WhereHandlesAreQueryVariables = Exact<{
  gameId: string | number;
  chatId: string | number;
  buyerId: string | number;
}>;


export type WhereHandlesAreQuery = { builds: { edges: Array<{ node: { authorHandle: string | null } }> }, feed: { edges: Array<{ node: { kind: ActivityKind, userHandle: string | null } }> }, node:
    | { __typename: 'Achievement' }
    | { __typename: 'AchievementUnlock' }
    | { __typename: 'Activity' }
    | { __typename: 'Build' }
    | { __typename: 'Chat', lastMessage: { authorHandle: string | null } | null }
    | { __typename: 'Escrow' }
    | { __typename: 'FriendRequest' }
    | { __typename: 'Game' }
    | { __typename: 'GameDataProposal' }
    | { __typename: 'Item' }
    | { __typename: 'LibraryEntry' }
    | { __typename: 'Licence' }
    | { __typename: 'Message' }
    | { __typename: 'Notification' }
    | { __typename: 'Optimisation' }
    | { __typename: 'Order' }
    | { __typename: 'Payout' }
    | { __typename: 'PlaySession' }
    | { __typename: 'Quote' }
    | { __typename: 'Session' }
    | { __typename: 'Simulation' }
    | { __typename: 'SimulationBatch' }
    | { __typename: 'Studio' }
    | { __typename: 'TopUp' }
    | { __typename: 'User' }
    | { __typename: 'Wallet' }
   | null, orders: { edges: Array<{ node: { buyerHandle: string | null } }> } };

export type GivenFightsMutationVariables = Exact<{
  gameId: string | number;
  input: GameDataInput;
}>;


export type GivenFightsMutation = { editGameData: { revision: number, fights: Array<{ key: string }> } };

export type SimulateFightMutationVariables = Exact<{
  input: SimulateBuildInput;
}>;


export type SimulateFightMutation = { simulateBuild: { id: string, state: ComputationState } };

export type WatchSimulationSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type WatchSimulationSubscription = { simulationProgress: { state: ComputationState, fought: number, build: { name: string, game: { title: string } }, measures: Array<{ key: string, mean: number, low: number, high: number }> } };

export type CancelSimulationMutationVariables = Exact<{
  id: string | number;
}>;


export type CancelSimulationMutation = { cancelComputation:
    | { __typename: 'Optimisation', id: string, state: ComputationState }
    | { __typename: 'Simulation', seed: number, id: string, state: ComputationState, build: { author: { handle: string } | null } }
    | { __typename: 'SimulationBatch', id: string, state: ComputationState }
   };

export type SimulationByNodeQueryVariables = Exact<{
  id: string | number;
}>;


export type SimulationByNodeQuery = { node:
    | { state: ComputationState }
    | { state: ComputationState, fight: string }
    | { state: ComputationState }
    | Record<PropertyKey, never>
   | null };

export type HearMessagesSubscriptionVariables = Exact<{
  chatId?: string | number | null | undefined;
}>;


export type HearMessagesSubscription = { messageAdded: { text: string | null, authorHandle: string | null, author: { handle: string, region: string | null } | null, chat: { kind: ChatKind } } };

export type WatchBuildSubscriptionVariables = Exact<{
  id: string | number;
}>;


export type WatchBuildSubscription = { buildChanged: { name: string, visibility: BuildVisibility, game: { title: string, studio: { name: string } }, author: { handle: string, region: string | null } | null, items: Array<{ item: { name: string } }> } };

export type WatchOrdersSubscriptionVariables = Exact<{
  id?: string | number | null | undefined;
}>;


export type WatchOrdersSubscription = { orderChanged: { id: string, state: OrderState, buyer: { handle: string, region: string | null }, game: { title: string, libraryEntry: { isOwned: boolean } | null } } };

export type WatchFriendsSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type WatchFriendsSubscription = { presenceChanged: { user: { handle: string, region: string | null }, presence: { status: PresenceStatus, game: { title: string } | null } } };

export type HearNotificationsSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type HearNotificationsSubscription = { notificationAdded: { kind: NotificationKind, actor: { handle: string, region: string | null } | null, chat: { id: string } | null } };

export type WatchLibrarySubscriptionVariables = Exact<{ [key: string]: never; }>;


export type WatchLibrarySubscription = { libraryChanged: { isFavorite: boolean, user: { handle: string }, game: { title: string, studio: { name: string } } } };

export type RenameBuildMutationVariables = Exact<{
  id: string | number;
  revision: number;
  name: string;
}>;


export type RenameBuildMutation = { saveBuild:
    | { __typename: 'Build', revision: number }
    | { __typename: 'BuildFaulty', message: string }
   };

export type ShowBuildMutationVariables = Exact<{
  id: string | number;
  visibility: BuildVisibility;
}>;


export type ShowBuildMutation = { setBuildVisibility:
    | { __typename: 'Build' }
    | { __typename: 'BuildHidden', message: string }
   };

export type ReadUpToMutationVariables = Exact<{
  chatId: string | number;
  sequence: number;
}>;


export type ReadUpToMutation = { markChatRead: { unreadCount: number } };

export type SayWhatOneDoesMutationVariables = Exact<{
  input: ReportPresenceInput;
}>;


export type SayWhatOneDoesMutation = { reportPresence: { status: PresenceStatus } };

export type MarkEntryMutationVariables = Exact<{
  entryId: string | number;
  isFavorite: boolean;
}>;


export type MarkEntryMutation = { setFavorite: { isFavorite: boolean } };

export type OwnEntriesQueryVariables = Exact<{ [key: string]: never; }>;


export type OwnEntriesQuery = { me: { library: { edges: Array<{ node: { id: string, gameTitle: string | null } }> } | null } | null };

export type HowNewCopiesAreQueryVariables = Exact<{
  ids: Array<string | number> | string | number;
}>;


export type HowNewCopiesAreQuery = { freshness: Array<{ id: string, copies: Array<{ projection: string, owner: string, topic: string, revision: number, since: string | null, ownerRevision: number, isBehind: boolean, behindSince: string | null }> } | null> };

export type GivenAccountMutationVariables = Exact<{
  input: RegisterInput;
}>;


export type GivenAccountMutation = { register:
    | { __typename: 'EmailTaken', message: string }
    | { __typename: 'HandleTaken', message: string }
    | { __typename: 'SignedIn', accessToken: string, user: { id: string, handle: string } }
   };

export type GivenSessionMutationVariables = Exact<{
  email: string;
  password: string;
}>;


export type GivenSessionMutation = { logIn:
    | { __typename: 'AccountLocked', message: string }
    | { __typename: 'AccountSuspended', message: string }
    | { __typename: 'SignedIn', accessToken: string }
    | { __typename: 'WrongCredentials', message: string }
   };

export type GivenStudioMutationVariables = Exact<{
  input: CreateStudioInput;
}>;


export type GivenStudioMutation = { createStudio:
    | { __typename: 'Studio', id: string }
    | { __typename: 'StudioHandleTaken', message: string }
   };

export type GivenBundleMutationVariables = Exact<{
  gameId: string | number;
  partIds: Array<string | number> | string | number;
}>;


export type GivenBundleMutation = { declareBundle: { id: string } };

export type GivenDlcMutationVariables = Exact<{
  gameId: string | number;
  baseGameId: string | number;
}>;


export type GivenDlcMutation = { declareDlc: { id: string } };

export type GivenDraftMutationVariables = Exact<{
  input: CreateGameInput;
}>;


export type GivenDraftMutation = { createGame:
    | { __typename: 'Game', id: string, slug: string }
    | { __typename: 'GameSlugTaken', message: string }
   };

export type GivenPriceMutationVariables = Exact<{
  gameId: string | number;
  price: MoneyInput;
}>;


export type GivenPriceMutation = { setPrice:
    | { __typename: 'Game' }
    | { __typename: 'PriceFrozen', message: string }
   };

export type GivenPublicationMutationVariables = Exact<{
  id: string | number;
}>;


export type GivenPublicationMutation = { publishGame:
    | { __typename: 'Game' }
    | { __typename: 'GameIncomplete', message: string }
    | { __typename: 'GameNotADraft', message: string }
   };

export type GivenDefinitionsMutationVariables = Exact<{
  gameId: string | number;
  input: GameDataInput;
}>;


export type GivenDefinitionsMutation = { editGameData: { revision: number } };

export type GivenItemsMutationVariables = Exact<{
  gameId: string | number;
  items: Array<ItemInput> | ItemInput;
}>;


export type GivenItemsMutation = { putItems: { revision: number } };

export type GivenReleaseMutationVariables = Exact<{
  gameId: string | number;
  notes?: string | null | undefined;
}>;


export type GivenReleaseMutation = { releaseGameData:
    | { __typename: 'GameData', version: number, game: { items: { edges: Array<{ node: { id: string, key: string } }> } } }
    | { __typename: 'GameDataFaulty', message: string }
    | { __typename: 'GameDataUnchanged', message: string }
   };

export type GivenFriendRequestMutationVariables = Exact<{
  userId: string | number;
}>;


export type GivenFriendRequestMutation = { sendFriendRequest:
    | { __typename: 'FriendRequestsLimitReached', message: string }
    | { __typename: 'FriendsLimitReached', message: string }
    | { __typename: 'User', friendship: FriendshipStatus | null }
    | { __typename: 'UserBlocked', message: string }
   };

export type GivenDirectChatMutationVariables = Exact<{
  userId: string | number;
}>;


export type GivenDirectChatMutation = { openDirectChat: { id: string } };

export type GivenMessageMutationVariables = Exact<{
  input: SendMessageInput;
}>;


export type GivenMessageMutation = { sendMessage:
    | { __typename: 'ChatClosed', message: string }
    | { __typename: 'Message', id: string, sequence: number }
   };

export type GivenLicenceMutationVariables = Exact<{
  userId: string | number;
  gameId: string | number;
}>;


export type GivenLicenceMutation = { grantLicence: { grantedAt: string | null } };

export type GivenBuildMutationVariables = Exact<{
  input: CreateBuildInput;
}>;


export type GivenBuildMutation = { createBuild:
    | { __typename: 'Build', id: string, revision: number }
    | { __typename: 'BuildFaulty', message: string }
   };

export type GivenMoneyMutationVariables = Exact<{
  input: TopUpWalletInput;
}>;


export type GivenMoneyMutation = { topUpWallet:
    | { __typename: 'TopUp', state: TopUpState }
    | { __typename: 'TopUpDeclined', message: string }
   };

export type GivenQuoteMutationVariables = Exact<{
  gameId: string | number;
}>;


export type GivenQuoteMutation = { quoteGame:
    | { __typename: 'BaseGameMissing', message: string }
    | { __typename: 'GameNotForSale', message: string }
    | { __typename: 'GameOwnedAlready', message: string }
    | { __typename: 'GiftNotPossible', message: string }
    | { __typename: 'Quote', id: string }
   };

export type GivenOrderMutationVariables = Exact<{
  input: PurchaseGameInput;
}>;


export type GivenOrderMutation = { purchaseGame:
    | { __typename: 'BaseGameMissing', message: string }
    | { __typename: 'GameNotForSale', message: string }
    | { __typename: 'GameOwnedAlready', message: string }
    | { __typename: 'InsufficientFunds', message: string }
    | { __typename: 'Order', id: string, state: OrderState }
    | { __typename: 'PriceChanged', message: string }
    | { __typename: 'PurchaseUnderWay', message: string }
    | { __typename: 'QuoteExpired', message: string }
    | { __typename: 'VoucherNotValid', message: string }
   };

export type GivenOrderStateQueryVariables = Exact<{
  id: string | number;
}>;


export type GivenOrderStateQuery = { order: { state: OrderState } | null };

export type MostOwnedGamesQueryVariables = Exact<{
  first?: number;
  after?: string | null | undefined;
}>;


export type MostOwnedGamesQuery = { games: { totalCount: number, pageInfo: { hasNextPage: boolean, endCursor: string | null }, edges: Array<{ node: { title: string, ownersCount: number, buildsCount: number, releasedAt: string | null, studio: { name: string } } }> } };

export type FindGamesQueryVariables = Exact<{
  search?: string | null | undefined;
  filter?: GameFilter | null | undefined;
  region?: string | null | undefined;
}>;


export type FindGamesQuery = { games: { totalCount: number, facets: Array<{ field: GameFacetField, values: Array<{ value: string, label: string, count: number }> }>, edges: Array<{ relevance: { score: number } | null, node: { title: string, summary: string | null, tags: Array<{ name: string }>, price: { discountPercent: number, final: { minor: string, currency: string } } | null } }> } };

export type LogInMutationVariables = Exact<{
  email: string;
  password: string;
}>;


export type LogInMutation = { logIn:
    | { __typename: 'AccountLocked', message: string, retryAt: string }
    | { __typename: 'AccountSuspended', message: string }
    | { __typename: 'SignedIn', accessToken: string, accessTokenExpiresAt: string, refreshToken: string, user: { handle: string } }
    | { __typename: 'WrongCredentials', message: string }
   };

export type MyLibraryQueryVariables = Exact<{
  search?: string | null | undefined;
}>;


export type MyLibraryQuery = { me: { handle: string, displayName: string, roles: Array<Role>, friendsCount: number, unreadNotificationsCount: number | null, wallets: Array<{ balance: { minor: string, currency: string } }> | null, library: { totalCount: number, edges: Array<{ node: { gameTitle: string | null, playtimeSeconds: number, lastPlayedAt: string | null, achievements: { unlocked: number, total: number }, game: { studio: { name: string } } } }> } | null } | null };

export type FriendsQueryVariables = Exact<{ [key: string]: never; }>;


export type FriendsQuery = { me: { friends: { totalCount: number, edges: Array<{ since: string, node: { handle: string, avatarUrl: string | null, presence: { status: PresenceStatus, gameTitle: string | null } | null, library: { totalCount: number, edges: Array<{ node: { gameTitle: string | null, playtimeSeconds: number } }> } | null, builds: { edges: Array<{ node: { name: string, gameTitle: string | null, items: Array<{ slot: string, name: string }>, stats: Array<{ name: string, value: number | null, unit: string | null }> } }> } } }> } | null } | null };

export type FindItemsQueryVariables = Exact<{
  slug: string;
  filter?: ItemFilter | null | undefined;
  order?: ItemAttributeSort | null | undefined;
}>;


export type FindItemsQuery = { gameBySlug: { title: string, items: { totalCount: number, categories: Array<{ category: string, count: number }>, edges: Array<{ node: { name: string, category: string, attributes: Array<{ name: string, value: unknown, unit: string | null }> } }> }, data: { version: number, attributes: Array<{ key: string, name: string, type: AttributeType, unit: string | null }> } | null } | null };

export type BuildQueryVariables = Exact<{
  search: string;
}>;


export type BuildQuery = { builds: { edges: Array<{ node: { name: string, gameTitle: string | null, authorHandle: string | null, likesCount: number, shareCode: string, items: Array<{ slot: string, name: string, category: string, attributes: Array<{ name: string, value: unknown, pinnedValue: unknown, isChanged: boolean }> }>, parameters: Array<{ name: string, value: number | null }>, stats: Array<{ name: string, value: number | null, unit: string | null }>, violations: Array<{ message: string }> } }> } };

export type BestBuildsQueryVariables = Exact<{
  slug: string;
}>;


export type BestBuildsQuery = { gameBySlug: { builds: { edges: Array<{ node: { ids: string } }> } } | null };

export type CompareBuildsQueryVariables = Exact<{
  ids: Array<string | number> | string | number;
}>;


export type CompareBuildsQuery = { compareBuilds: { builds: Array<{ name: string, authorHandle: string | null, likesCount: number }>, stats: Array<{ name: string, values: Array<number | null>, differences: Array<number | null>, unit: string | null }>, cost: { values: Array<number | null>, differences: Array<number | null> } | null, items: Array<{ slot: string, items: Array<Array<{ name: string }>> }> } };

export type GameToBuyQueryVariables = Exact<{
  slug: string;
}>;


export type GameToBuyQuery = { gameBySlug: { title: string, gameId: string } | null };

export type QuoteGameMutationVariables = Exact<{
  gameId: string | number;
  region: string;
}>;


export type QuoteGameMutation = { quoteGame:
    | { __typename: 'BaseGameMissing', message: string }
    | { __typename: 'GameNotForSale', message: string }
    | { __typename: 'GameOwnedAlready', message: string }
    | { __typename: 'GiftNotPossible', message: string }
    | { __typename: 'Quote', expiresAt: string, quoteId: string, idempotencyKey: string, amount: { minor: string, currency: string } }
   };

export type BuyGameMutationVariables = Exact<{
  quoteId: string | number;
  idempotencyKey: string;
}>;


export type BuyGameMutation = { purchaseGame:
    | { __typename: 'BaseGameMissing', message: string }
    | { __typename: 'GameNotForSale', message: string }
    | { __typename: 'GameOwnedAlready', message: string }
    | { __typename: 'InsufficientFunds', message: string, missing: { minor: string, currency: string } }
    | { __typename: 'Order', state: OrderState, createdAt: string, amount: { minor: string, currency: string } }
    | { __typename: 'PriceChanged', message: string }
    | { __typename: 'PurchaseUnderWay', message: string }
    | { __typename: 'QuoteExpired', message: string }
    | { __typename: 'VoucherNotValid', message: string }
   };

export type ReceiptsQueryVariables = Exact<{ [key: string]: never; }>;


export type ReceiptsQuery = { me: { wallets: Array<{ balance: { minor: string, currency: string }, transactions: { edges: Array<{ node: { at: string, kind: TransferKind, direction: TransferDirection, amount: { minor: string, currency: string }, balanceAfter: { minor: string, currency: string }, order: { state: OrderState, gameTitle: string | null } | null } }> } }> | null } | null };

export type SomeFriendQueryVariables = Exact<{ [key: string]: never; }>;


export type SomeFriendQuery = { me: { friends: { edges: Array<{ node: { friendId: string } }> } | null } | null };

export type OpenChatMutationVariables = Exact<{
  friendId: string | number;
}>;


export type OpenChatMutation = { openDirectChat: { chatId: string } };

export type SaySomethingMutationVariables = Exact<{
  chatId: string | number;
  clientId: string | number;
  text: string;
}>;


export type SaySomethingMutation = { sendMessage:
    | { __typename: 'ChatClosed', message: string }
    | { __typename: 'Message', sequence: number, text: string | null, sentAt: string, chat: { members: { edges: Array<{ node: { user: { handle: string } } }> } } }
   };

export type NewMessagesSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type NewMessagesSubscription = { messageAdded: { text: string | null, sentAt: string, author: { handle: string, presence: { status: PresenceStatus } | null } | null, chat: { unreadCount: number } } };

export type NewNotificationsSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type NewNotificationsSubscription = { notificationAdded: { kind: NotificationKind, createdAt: string, actor: { handle: string } | null, game: { title: string } | null, build: { name: string, needsReview: boolean } | null } };

export type GameToPatchQueryVariables = Exact<{
  slug: string;
}>;


export type GameToPatchQuery = { gameBySlug: { gameId: string } | null };

export type PatchItemsMutationVariables = Exact<{
  gameId: string | number;
  items: Array<ItemInput> | ItemInput;
}>;


export type PatchItemsMutation = { putItems: { revision: number } };

export type NextPatchQueryVariables = Exact<{
  gameId: string | number;
}>;


export type NextPatchQuery = { gameDataDraft: { difference: { areDefinitionsChanged: boolean, itemsCount: number, added: Array<string>, changed: Array<string>, removed: Array<string> }, items: { edges: Array<{ node: { key: string, attributes: unknown } }> }, stats: Array<{ name: string, formula: string }>, rules: Array<{ formula: string, message: string }> } | null };

export type BuildsByRegionQueryVariables = Exact<{ [key: string]: never; }>;


export type BuildsByRegionQuery = { buildsByRegion: { totalCount: number, edges: Array<{ node: { region: string | null, buildsCount: number, authorsCount: number, likesCount: number } }> } };

export type RevenueQueryVariables = Exact<{
  filter: RevenueFilter;
}>;


export type RevenueQuery = { revenueByGame: { edges: Array<{ node: { title: string | null, orders: number, refunds: number, net: { minor: string, currency: string }, game: { ownersCount: number } } }> } };

export type LedgerAuditQueryVariables = Exact<{ [key: string]: never; }>;


export type LedgerAuditQuery = { ledgerAudit: { sums: Array<{ minor: string, currency: string }>, differences: Array<{ kind: string, balance: { minor: string, currency: string }, transferred: { minor: string, currency: string } }> } };

export type ReconcilePaymentsQueryVariables = Exact<{ [key: string]: never; }>;


export type ReconcilePaymentsQuery = { paymentReconciliation: { totalCount: number, mismatches: Array<{ node: { kind: PaymentMismatchKind, key: string | null, reference: string | null, ourState: string | null, theirState: string | null, cure: string, ourAmount: { minor: string, currency: string } | null, theirAmount: { minor: string, currency: string } | null } }> } };

export type ExplainAFigureQueryVariables = Exact<{
  search: string;
}>;


export type ExplainAFigureQuery = { builds: { edges: Array<{ node: { name: string, explain: { value: number | null, parts: Array<{ depth: number, label: string, value: number | null, contribution: number }> }, sensitivity: Array<{ attribute: string, effects: Array<{ stat: string, change: number }> }> } }> } };

export type StudioOfMineQueryVariables = Exact<{ [key: string]: never; }>;


export type StudioOfMineQuery = { me: { studios: { edges: Array<{ node: { name: string, studioId: string } }> } } | null };

export type BeginGameOfRulesMutationVariables = Exact<{
  studioId: string | number;
  slug: string;
}>;


export type BeginGameOfRulesMutation = { createGame:
    | { __typename: 'Game', gameId: string }
    | { __typename: 'GameSlugTaken', message: string }
   };

export type ImportRuleFileMutationVariables = Exact<{
  gameId: string | number;
  file: string;
}>;


export type ImportRuleFileMutation = { importRules:
    | { __typename: 'GameDataDraft', revision: number, stats: Array<{ name: string, formula: string }> }
    | { __typename: 'RuleFileFaulty', message: string, faults: Array<{ path: string, line: number | null, column: number | null, message: string }> }
   };

export type ReleaseRulesMutationVariables = Exact<{
  gameId: string | number;
}>;


export type ReleaseRulesMutation = { releaseGameData:
    | { __typename: 'GameData', version: number }
    | { __typename: 'GameDataFaulty', message: string }
    | { __typename: 'GameDataUnchanged', message: string }
   };

export type ImportedItemsQueryVariables = Exact<{
  gameId: string | number;
}>;


export type ImportedItemsQuery = { game: { items: { totalCount: number, edges: Array<{ node: { name: string, attributes: Array<{ name: string, value: unknown }> } }> } } | null };

export type BuildToOptimiseQueryVariables = Exact<{
  slug: string;
}>;


export type BuildToOptimiseQuery = { gameBySlug: { builds: { edges: Array<{ node: { name: string, buildId: string } }> } } | null };

export type OptimiseBuildMutationVariables = Exact<{
  buildId: string | number;
}>;


export type OptimiseBuildMutation = { optimiseBuild: { state: ComputationState, optimisationId: string } };

export type OptimisedBuildQueryVariables = Exact<{
  optimisationId: string | number;
}>;


export type OptimisedBuildQuery = { optimisation: { state: ComputationState, outcome: OptimisationOutcome, answers: Array<{ objective: number, bound: number | null, isOptimal: boolean, items: Array<{ slot: string, name: string }>, stats: Array<{ name: string, unit: string | null, value: number | null }> }>, conflicts: Array<{ message: string }> | null } | null };

export type NextUpgradesQueryVariables = Exact<{
  buildId: string | number;
}>;


export type NextUpgradesQuery = { buildUpgrades: Array<{ slot: string, name: string, gain: number }> };

export type BuildsToFightQueryVariables = Exact<{
  slug: string;
}>;


export type BuildsToFightQuery = { gameBySlug: { best: { edges: Array<{ node: { name: string, buildId: string } }> }, newest: { edges: Array<{ node: { name: string, opponentId: string } }> } } | null };

export type SimulateBuildMutationVariables = Exact<{
  buildId: string | number;
  opponentId: string | number;
}>;


export type SimulateBuildMutation = { simulateBuild: { state: ComputationState, simulationId: string } };

export type SimulatedFightQueryVariables = Exact<{
  simulationId: string | number;
}>;


export type SimulatedFightQuery = { simulation: { state: ComputationState, fought: number, seed: number, build: { name: string }, opponent: { name: string } | null, measures: Array<{ name: string, unit: string | null, mean: number, low: number, high: number, deviation: number }> } | null };

export type GameOfBuildsQueryVariables = Exact<{
  slug: string;
}>;


export type GameOfBuildsQuery = { gameBySlug: { gameId: string } | null };

export type BuildsWithinBudgetQueryVariables = Exact<{
  gameId: string | number;
  stats?: Array<BuildStatFilter> | BuildStatFilter | null | undefined;
  cost?: BuildCostFilter | null | undefined;
}>;


export type BuildsWithinBudgetQuery = { builds: { totalCount: number, edges: Array<{ node: { name: string, authorHandle: string | null, cost: { value: number | null, unit: string | null } | null, stats: Array<{ name: string, value: number | null, unit: string | null }>, items: Array<{ name: string, cost: number | null }> } }> } };

export type MyBuildsQueryVariables = Exact<{
  needsReview?: boolean | null | undefined;
}>;


export type MyBuildsQuery = { me: { builds: { edges: Array<{ node: { name: string, revision: number, dataVersion: number, patch: { fromVersion: number, toVersion: number, summary: string, stats: Array<{ name: string, before: number | null, after: number | null, relativeChange: number | null }>, items: Array<{ name: string, isRemoved: boolean, attributes: Array<{ name: string, before: unknown, after: unknown }> }>, newViolations: Array<{ message: string, cure: string | null }> } | null, revisions: { totalCount: number, edges: Array<{ node: { number: number, name: string, savedAt: string, stats: Array<{ name: string, value: number | null }> } }> }, revisionDifference: { notes: { before: string | null, after: string | null } | null, items: Array<{ slot: string, before: { name: string } | null, after: { name: string } | null }> } | null } }> } } | null };

export type ExportBuildQueryVariables = Exact<{
  search: string;
}>;


export type ExportBuildQuery = { builds: { edges: Array<{ node: { name: string, code: string | null } }> } };

export type ImportBuildMutationVariables = Exact<{
  code: string;
  isPartial: boolean;
}>;


export type ImportBuildMutation = { importBuild:
    | { name: string, visibility: BuildVisibility, items: Array<{ slot: string, name: string }> }
    | { message: string, faults: Array<{ path: string, message: string, cure: string | null }> }
    | { build: { name: string }, leftOut: Array<{ path: string, message: string }> }
   };

export type GameToProposeQueryVariables = Exact<{
  slug: string;
}>;


export type GameToProposeQuery = { gameBySlug: { gameId: string } | null };

export type DraftItemsMutationVariables = Exact<{
  gameId: string | number;
  items: Array<ItemInput> | ItemInput;
}>;


export type DraftItemsMutation = { putItems: { revision: number } };

export type ProposeDraftMutationVariables = Exact<{
  gameId: string | number;
}>;


export type ProposeDraftMutation = { proposeGameData:
    | { message: string }
    | { proposalId: string }
    | { message: string }
   };

export type ImpactOfDraftQueryVariables = Exact<{
  proposalId: string | number;
}>;


export type ImpactOfDraftQuery = { node:
    | { proposedAt: string, impact: { isComplete: boolean, buildsCount: number, buildsDone: number, counts: Array<{ visibility: BuildVisibility, buildsCount: number, brokenCount: number, shiftedCount: number }>, stats: Array<{ name: string, buildsCount: number, mean: number | null, distribution: Array<{ from: number | null, to: number | null, buildsCount: number }> }>, items: Array<{ name: string, isRemoved: boolean, buildsCount: number }>, rules: Array<{ rule: string, buildsCount: number }>, mostAffected: Array<{ summary: string, build: { name: string, authorHandle: string | null } }>, broken: Array<{ build: { name: string }, violations: Array<{ message: string, cure: string | null }> }> } | null }
    | Record<PropertyKey, never>
   | null };

export type ItemToGiveQueryVariables = Exact<{
  slug: string;
  item: string;
  handle: string;
}>;


export type ItemToGiveQuery = { gameBySlug: { gameId: string, items: { edges: Array<{ node: { name: string, itemId: string } }> } } | null, userByHandle: { userId: string } | null };

export type GiveItemsMutationVariables = Exact<{
  userId: string | number;
  gameId: string | number;
  itemId: string | number;
  idempotencyKey: string;
}>;


export type GiveItemsMutation = { changeInventory:
    | { __typename: 'GameNotOwned', message: string }
    | { __typename: 'Inventory', items: { totalCount: number, edges: Array<{ node: { quantity: number, item: { name: string } } }> } }
    | { __typename: 'InventoryFaulty', message: string, faults: Array<{ path: string, message: string, cure: string }> }
   };

export type GameOfItemsQueryVariables = Exact<{
  slug: string;
}>;


export type GameOfItemsQuery = { gameBySlug: { gameId: string } | null };

export type MyItemsQueryVariables = Exact<{
  gameId: string | number;
}>;


export type MyItemsQuery = { me: { inventory: { items: { totalCount: number, edges: Array<{ node: { quantity: number, item: { name: string, category: string, attributes: Array<{ name: string, value: unknown }> } } }> } } | null } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const TopGamesByOwnersDocument = new TypedDocumentString(`
    query TopGamesByOwners($tag: String!, $first: Int!, $after: String) {
  games(filter: {tags: [$tag]}, sort: OWNERS, first: $first, after: $after) {
    totalCount
    pageInfo {
      hasNextPage
      endCursor
    }
    edges {
      node {
        title
        ownersCount
        buildsCount
        tags {
          slug
        }
        studio {
          name
        }
        price {
          final {
            minor
          }
        }
        builds(first: 3) {
          totalCount
          edges {
            node {
              name
              author {
                handle
                region
              }
            }
          }
        }
        achievements(first: 1) {
          totalCount
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<TopGamesByOwnersQuery, TopGamesByOwnersQueryVariables>;
export const BuildsOfRegionsDocument = new TypedDocumentString(`
    query BuildsOfRegions($gameId: ID!, $first: Int!, $after: String) {
  buildsByRegion(filter: {gameId: $gameId}, first: $first, after: $after) {
    totalCount
    pageInfo {
      hasNextPage
      endCursor
    }
    edges {
      node {
        region
        buildsCount
        authorsCount
      }
    }
  }
}
    `) as unknown as TypedDocumentString<BuildsOfRegionsQuery, BuildsOfRegionsQueryVariables>;
export const AuditCopiesDocument = new TypedDocumentString(`
    query AuditCopies($projections: [String!], $sample: Int, $after: String) {
  projectionAudit(projections: $projections, sample: $sample, after: $after) {
    projection
    owner
    topic
    compared
    differing
    behind
    examples {
      id
      fields
      copy
      owner
      copyVersion
      ownerVersion
    }
    firstMissingEvent {
      id
      type
      aggregateId
      version
      at
    }
    isComplete
    endCursor
  }
}
    `) as unknown as TypedDocumentString<AuditCopiesQuery, AuditCopiesQueryVariables>;
export const RepairCopiesDocument = new TypedDocumentString(`
    mutation RepairCopies($projection: String!) {
  repairProjection(projection: $projection) {
    audit {
      projection
      differing
      behind
    }
    repaired
    remaining
  }
}
    `) as unknown as TypedDocumentString<RepairCopiesMutation, RepairCopiesMutationVariables>;
export const TakeQuoteDocument = new TypedDocumentString(`
    mutation TakeQuote($gameId: ID!) {
  quoteGame(gameId: $gameId, region: "DE") {
    __typename
    ... on Quote {
      id
      amount {
        minor
        currency
      }
      game {
        title
      }
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<TakeQuoteMutation, TakeQuoteMutationVariables>;
export const PlaceOrderDocument = new TypedDocumentString(`
    mutation PlaceOrder($input: PurchaseGameInput!) {
  purchaseGame(input: $input) {
    __typename
    ... on Order {
      id
    }
    ... on Refusal {
      message
    }
    ... on InsufficientFunds {
      missing {
        minor
        currency
      }
    }
  }
}
    `) as unknown as TypedDocumentString<PlaceOrderMutation, PlaceOrderMutationVariables>;
export const ReceiptDocument = new TypedDocumentString(`
    query Receipt($orderId: ID!) {
  order(id: $orderId) {
    state
    completedAt
    gameTitle
    buyerHandle
    amount {
      minor
      currency
    }
    transactions {
      kind
      amount {
        minor
      }
    }
    game {
      title
      studio {
        name
      }
    }
  }
  me {
    wallets {
      balance {
        minor
      }
      held {
        minor
      }
      transactions(first: 10) {
        edges {
          node {
            kind
            direction
            amount {
              minor
            }
            balanceAfter {
              minor
            }
            order {
              gameTitle
            }
          }
        }
      }
    }
    library(first: 10) {
      edges {
        node {
          isOwned
          gameTitle
          gameTags
          game {
            ownersCount
            price {
              final {
                minor
              }
            }
          }
          licences(first: 1) {
            edges {
              node {
                source
                sourceId
                state
              }
            }
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ReceiptQuery, ReceiptQueryVariables>;
export const FeedOfFriendDocument = new TypedDocumentString(`
    query FeedOfFriend {
  feed(first: 10) {
    edges {
      node {
        kind
        userHandle
        gameTitle
        user {
          displayName
          gamesCount
        }
        game {
          slug
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<FeedOfFriendQuery, FeedOfFriendQueryVariables>;
export const SomebodyCalledDocument = new TypedDocumentString(`
    query SomebodyCalled($handle: String!) {
  userByHandle(handle: $handle) {
    id
  }
}
    `) as unknown as TypedDocumentString<SomebodyCalledQuery, SomebodyCalledQueryVariables>;
export const WhoAmIDocument = new TypedDocumentString(`
    query WhoAmI {
  me {
    handle
    email
  }
}
    `) as unknown as TypedDocumentString<WhoAmIQuery, WhoAmIQueryVariables>;
export const AllOrdersDocument = new TypedDocumentString(`
    query AllOrders {
  orders(first: 1) {
    totalCount
  }
}
    `) as unknown as TypedDocumentString<AllOrdersQuery, AllOrdersQueryVariables>;
export const OwnFeedDocument = new TypedDocumentString(`
    query OwnFeed {
  feed(first: 1) {
    totalCount
  }
}
    `) as unknown as TypedDocumentString<OwnFeedQuery, OwnFeedQueryVariables>;
export const SearchBuildsDocument = new TypedDocumentString(`
    query SearchBuilds($search: String) {
  builds(first: 1, search: $search) {
    totalCount
  }
}
    `) as unknown as TypedDocumentString<SearchBuildsQuery, SearchBuildsQueryVariables>;
export const EndOtherSessionsDocument = new TypedDocumentString(`
    mutation EndOtherSessions {
  revokeOtherSessions
}
    `) as unknown as TypedDocumentString<EndOtherSessionsMutation, EndOtherSessionsMutationVariables>;
export const FriendsAtALookDocument = new TypedDocumentString(`
    query FriendsAtALook($friends: Int!) {
  me {
    friends(first: $friends) {
      totalCount
      edges {
        since
        node {
          handle
          region
          presence {
            status
            gameTitle
            game {
              coverUrl
              studio {
                name
              }
            }
          }
          library(first: 5, sort: PLAYTIME) {
            edges {
              node {
                playtimeSeconds
                game {
                  title
                  ownersCount
                }
              }
            }
          }
          builds(first: 5) {
            edges {
              node {
                name
                gameTitle
                items {
                  name
                  item {
                    category
                  }
                }
                stats {
                  name
                  value
                }
              }
            }
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<FriendsAtALookQuery, FriendsAtALookQueryVariables>;
export const PlayOfflineDocument = new TypedDocumentString(`
    mutation PlayOffline($sessions: [PlaySessionReport!]!) {
  reportPlaySessions(sessions: $sessions) {
    acceptedCount
    rejected {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<PlayOfflineMutation, PlayOfflineMutationVariables>;
export const ComeOnlineDocument = new TypedDocumentString(`
    mutation ComeOnline($input: ReportPresenceInput!) {
  reportPresence(input: $input) {
    status
  }
}
    `) as unknown as TypedDocumentString<ComeOnlineMutation, ComeOnlineMutationVariables>;
export const EventConsumersDocument = new TypedDocumentString(`
    query EventConsumers($subgraph: String) {
  eventConsumers(subgraph: $subgraph) {
    name
    subgraph
    topics
    isProjection
    eventsBehind
    secondsBehind
    parked
    poisoned
    lastAppliedAt
    rebuild {
      state
    }
  }
}
    `) as unknown as TypedDocumentString<EventConsumersQuery, EventConsumersQueryVariables>;
export const RebuildProgressDocument = new TypedDocumentString(`
    query RebuildProgress($projection: String!) {
  projectionRebuild(projection: $projection) {
    projection
    state
    startedAt
    endedAt
    done
    total
    failed
    changed
    error
  }
}
    `) as unknown as TypedDocumentString<RebuildProgressQuery, RebuildProgressQueryVariables>;
export const RebuildCopiesDocument = new TypedDocumentString(`
    mutation RebuildCopies($projection: String!) {
  rebuildProjection(projection: $projection) {
    state
  }
}
    `) as unknown as TypedDocumentString<RebuildCopiesMutation, RebuildCopiesMutationVariables>;
export const DeadLettersDocument = new TypedDocumentString(`
    query DeadLetters($first: Int, $after: String, $subgraph: String, $consumer: String, $reason: DeadLetterReason) {
  deadLetters(
    first: $first
    after: $after
    subgraph: $subgraph
    consumer: $consumer
    reason: $reason
  ) {
    edges {
      cursor
      node {
        id
        subgraph
        consumer
        topic
        aggregateId
        version
        type
        reason
        error
        payload
        sizeBytes
        parkedAt
        waiting
      }
    }
    pageInfo {
      hasNextPage
      hasPreviousPage
      startCursor
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<DeadLettersQuery, DeadLettersQueryVariables>;
export const DiscardedDeadLettersDocument = new TypedDocumentString(`
    query DiscardedDeadLetters {
  discardedDeadLetters(first: 10) {
    edges {
      node {
        id
        discard {
          by
          reason
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DiscardedDeadLettersQuery, DiscardedDeadLettersQueryVariables>;
export const ReplayDeadLetterDocument = new TypedDocumentString(`
    mutation ReplayDeadLetter($id: ID!) {
  replayDeadLetter(id: $id) {
    isGone
    deadLetter {
      id
      error
      waiting
    }
  }
}
    `) as unknown as TypedDocumentString<ReplayDeadLetterMutation, ReplayDeadLetterMutationVariables>;
export const DiscardDeadLetterDocument = new TypedDocumentString(`
    mutation DiscardDeadLetter($id: ID!, $reason: String!) {
  discardDeadLetter(id: $id, reason: $reason) {
    id
    aggregateId
  }
}
    `) as unknown as TypedDocumentString<DiscardDeadLetterMutation, DiscardDeadLetterMutationVariables>;
export const OptimiseForDamageDocument = new TypedDocumentString(`
    mutation OptimiseForDamage($input: OptimiseBuildInput!) {
  optimiseBuild(input: $input) {
    id
  }
}
    `) as unknown as TypedDocumentString<OptimiseForDamageMutation, OptimiseForDamageMutationVariables>;
export const WatchOptimisationDocument = new TypedDocumentString(`
    subscription WatchOptimisation($id: ID!) {
  optimisationProgress(id: $id) {
    state
    outcome
    build {
      game {
        title
      }
    }
    answers {
      objective
      bound
      isOptimal
      items {
        slot
        name
        item {
          key
        }
      }
    }
    conflicts {
      kind
      stat
    }
  }
}
    `) as unknown as TypedDocumentString<WatchOptimisationSubscription, WatchOptimisationSubscriptionVariables>;
export const WhyNotItemDocument = new TypedDocumentString(`
    mutation WhyNotItem($id: ID!, $itemId: ID!) {
  whyNotItem(optimisationId: $id, itemId: $itemId) {
    id
  }
}
    `) as unknown as TypedDocumentString<WhyNotItemMutation, WhyNotItemMutationVariables>;
export const OptimisationByNodeDocument = new TypedDocumentString(`
    query OptimisationByNode($id: ID!) {
  node(id: $id) {
    ... on Optimisation {
      state
      loss
      requiredItem {
        name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<OptimisationByNodeQuery, OptimisationByNodeQueryVariables>;
export const NextUpgradeDocument = new TypedDocumentString(`
    query NextUpgrade($buildId: ID!, $objective: String!) {
  buildUpgrades(buildId: $buildId, objective: $objective) {
    name
    gain
    item {
      key
    }
  }
}
    `) as unknown as TypedDocumentString<NextUpgradeQuery, NextUpgradeQueryVariables>;
export const BuildAsItIsDocument = new TypedDocumentString(`
    query BuildAsItIs($id: ID!) {
  build(id: $id) {
    revision
    dataVersion
    needsReview
    isOutdated
    game {
      dataVersion
    }
    items {
      name
      attributes {
        key
        value
        pinnedValue
        isChanged
      }
      item {
        attributes {
          key
          value
        }
      }
    }
    stats {
      key
      value
    }
    violations {
      rule
      message
    }
    patch {
      fromVersion
      toVersion
      summary
    }
  }
}
    `) as unknown as TypedDocumentString<BuildAsItIsQuery, BuildAsItIsQueryVariables>;
export const ProposeDataDocument = new TypedDocumentString(`
    mutation ProposeData($gameId: ID!) {
  proposeGameData(gameId: $gameId) {
    __typename
    ... on GameDataProposal {
      id
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ProposeDataMutation, ProposeDataMutationVariables>;
export const ImpactOfDocument = new TypedDocumentString(`
    query ImpactOf($id: ID!) {
  node(id: $id) {
    __typename
    ... on GameDataProposal {
      dataVersion
      impact {
        isComplete
        buildsDone
        broken {
          build {
            name
            author {
              handle
            }
          }
        }
        mostAffected {
          summary
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ImpactOfQuery, ImpactOfQueryVariables>;
export const WatchAnalysisDocument = new TypedDocumentString(`
    subscription WatchAnalysis($id: ID!) {
  buildAnalysis(id: $id) {
    build {
      game {
        title
      }
    }
    stats {
      key
      value
    }
    patch {
      summary
    }
  }
}
    `) as unknown as TypedDocumentString<WatchAnalysisSubscription, WatchAnalysisSubscriptionVariables>;
export const ReviewsToDoDocument = new TypedDocumentString(`
    query ReviewsToDo {
  me {
    notifications(first: 5, filter: {isRead: false}) {
      edges {
        node {
          kind
          build {
            name
            patch {
              summary
            }
          }
          game {
            title
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ReviewsToDoQuery, ReviewsToDoQueryVariables>;
export const SaveAnewDocument = new TypedDocumentString(`
    mutation SaveAnew($id: ID!, $revision: Int!) {
  saveBuild(input: {id: $id, expectedRevision: $revision}) {
    __typename
    ... on Build {
      revision
      dataVersion
      needsReview
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SaveAnewMutation, SaveAnewMutationVariables>;
export const ImportRulesDocument = new TypedDocumentString(`
    mutation ImportRules($gameId: ID!, $file: String!) {
  importRules(gameId: $gameId, file: $file) {
    __typename
    ... on GameDataDraft {
      revision
    }
    ... on Refusal {
      message
    }
    ... on RuleFileFaulty {
      faults {
        path
        line
        column
        message
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ImportRulesMutation, ImportRulesMutationVariables>;
export const BuildAndItsFiguresDocument = new TypedDocumentString(`
    query BuildAndItsFigures($id: ID!) {
  build(id: $id) {
    stats {
      key
      value
    }
    violations {
      rule
    }
  }
}
    `) as unknown as TypedDocumentString<BuildAndItsFiguresQuery, BuildAndItsFiguresQueryVariables>;
export const RetitleGameDocument = new TypedDocumentString(`
    mutation RetitleGame($id: ID!, $title: String!) {
  updateGame(input: {id: $id, texts: [{locale: "en", title: $title}]}) {
    __typename
    ... on Game {
      title
    }
  }
}
    `) as unknown as TypedDocumentString<RetitleGameMutation, RetitleGameMutationVariables>;
export const TitleOnBuildDocument = new TypedDocumentString(`
    query TitleOnBuild($gameId: ID!) {
  builds(first: 1, filter: {gameId: $gameId}) {
    edges {
      node {
        gameTitle
      }
    }
  }
}
    `) as unknown as TypedDocumentString<TitleOnBuildQuery, TitleOnBuildQueryVariables>;
export const TakeHandleDocument = new TypedDocumentString(`
    mutation TakeHandle($handle: String!) {
  changeHandle(handle: $handle) {
    __typename
    ... on User {
      handle
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<TakeHandleMutation, TakeHandleMutationVariables>;
export const WhereHandlesAreDocument = new TypedDocumentString(`
    query WhereHandlesAre($gameId: ID!, $chatId: ID!, $buyerId: ID!) {
  builds(first: 1, filter: {gameId: $gameId}, sort: AUTHOR_HANDLE) {
    edges {
      node {
        authorHandle
      }
    }
  }
  feed(first: 10) {
    edges {
      node {
        kind
        userHandle
      }
    }
  }
  node(id: $chatId) {
    __typename
    ... on Chat {
      lastMessage {
        authorHandle
      }
    }
  }
  orders(first: 1, filter: {buyerId: $buyerId}) {
    edges {
      node {
        buyerHandle
      }
    }
  }
}
    `) as unknown as TypedDocumentString<WhereHandlesAreQuery, WhereHandlesAreQueryVariables>;
export const GivenFightsDocument = new TypedDocumentString(`
    mutation GivenFights($gameId: ID!, $input: GameDataInput!) {
  editGameData(gameId: $gameId, input: $input) {
    revision
    fights {
      key
    }
  }
}
    `) as unknown as TypedDocumentString<GivenFightsMutation, GivenFightsMutationVariables>;
export const SimulateFightDocument = new TypedDocumentString(`
    mutation SimulateFight($input: SimulateBuildInput!) {
  simulateBuild(input: $input) {
    id
    state
  }
}
    `) as unknown as TypedDocumentString<SimulateFightMutation, SimulateFightMutationVariables>;
export const WatchSimulationDocument = new TypedDocumentString(`
    subscription WatchSimulation($id: ID!) {
  simulationProgress(id: $id) {
    state
    fought
    build {
      name
      game {
        title
      }
    }
    measures {
      key
      mean
      low
      high
    }
  }
}
    `) as unknown as TypedDocumentString<WatchSimulationSubscription, WatchSimulationSubscriptionVariables>;
export const CancelSimulationDocument = new TypedDocumentString(`
    mutation CancelSimulation($id: ID!) {
  cancelComputation(id: $id) {
    __typename
    id
    state
    ... on Simulation {
      seed
      build {
        author {
          handle
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CancelSimulationMutation, CancelSimulationMutationVariables>;
export const SimulationByNodeDocument = new TypedDocumentString(`
    query SimulationByNode($id: ID!) {
  node(id: $id) {
    ... on Computation {
      state
    }
    ... on Simulation {
      fight
    }
  }
}
    `) as unknown as TypedDocumentString<SimulationByNodeQuery, SimulationByNodeQueryVariables>;
export const HearMessagesDocument = new TypedDocumentString(`
    subscription HearMessages($chatId: ID) {
  messageAdded(chatId: $chatId) {
    text
    authorHandle
    author {
      handle
      region
    }
    chat {
      kind
    }
  }
}
    `) as unknown as TypedDocumentString<HearMessagesSubscription, HearMessagesSubscriptionVariables>;
export const WatchBuildDocument = new TypedDocumentString(`
    subscription WatchBuild($id: ID!) {
  buildChanged(id: $id) {
    name
    visibility
    game {
      title
      studio {
        name
      }
    }
    author {
      handle
      region
    }
    items {
      item {
        name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<WatchBuildSubscription, WatchBuildSubscriptionVariables>;
export const WatchOrdersDocument = new TypedDocumentString(`
    subscription WatchOrders($id: ID) {
  orderChanged(id: $id) {
    id
    state
    buyer {
      handle
      region
    }
    game {
      title
      libraryEntry {
        isOwned
      }
    }
  }
}
    `) as unknown as TypedDocumentString<WatchOrdersSubscription, WatchOrdersSubscriptionVariables>;
export const WatchFriendsDocument = new TypedDocumentString(`
    subscription WatchFriends {
  presenceChanged {
    user {
      handle
      region
    }
    presence {
      status
      game {
        title
      }
    }
  }
}
    `) as unknown as TypedDocumentString<WatchFriendsSubscription, WatchFriendsSubscriptionVariables>;
export const HearNotificationsDocument = new TypedDocumentString(`
    subscription HearNotifications {
  notificationAdded {
    kind
    actor {
      handle
      region
    }
    chat {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<HearNotificationsSubscription, HearNotificationsSubscriptionVariables>;
export const WatchLibraryDocument = new TypedDocumentString(`
    subscription WatchLibrary {
  libraryChanged {
    isFavorite
    user {
      handle
    }
    game {
      title
      studio {
        name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<WatchLibrarySubscription, WatchLibrarySubscriptionVariables>;
export const RenameBuildDocument = new TypedDocumentString(`
    mutation RenameBuild($id: ID!, $revision: Int!, $name: String!) {
  saveBuild(input: {id: $id, expectedRevision: $revision, name: $name}) {
    __typename
    ... on Build {
      revision
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RenameBuildMutation, RenameBuildMutationVariables>;
export const ShowBuildDocument = new TypedDocumentString(`
    mutation ShowBuild($id: ID!, $visibility: BuildVisibility!) {
  setBuildVisibility(id: $id, visibility: $visibility) {
    __typename
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ShowBuildMutation, ShowBuildMutationVariables>;
export const ReadUpToDocument = new TypedDocumentString(`
    mutation ReadUpTo($chatId: ID!, $sequence: Int!) {
  markChatRead(chatId: $chatId, sequence: $sequence) {
    unreadCount
  }
}
    `) as unknown as TypedDocumentString<ReadUpToMutation, ReadUpToMutationVariables>;
export const SayWhatOneDoesDocument = new TypedDocumentString(`
    mutation SayWhatOneDoes($input: ReportPresenceInput!) {
  reportPresence(input: $input) {
    status
  }
}
    `) as unknown as TypedDocumentString<SayWhatOneDoesMutation, SayWhatOneDoesMutationVariables>;
export const MarkEntryDocument = new TypedDocumentString(`
    mutation MarkEntry($entryId: ID!, $isFavorite: Boolean!) {
  setFavorite(entryId: $entryId, isFavorite: $isFavorite) {
    isFavorite
  }
}
    `) as unknown as TypedDocumentString<MarkEntryMutation, MarkEntryMutationVariables>;
export const OwnEntriesDocument = new TypedDocumentString(`
    query OwnEntries {
  me {
    library(first: 10) {
      edges {
        node {
          id
          gameTitle
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<OwnEntriesQuery, OwnEntriesQueryVariables>;
export const HowNewCopiesAreDocument = new TypedDocumentString(`
    query HowNewCopiesAre($ids: [ID!]!) {
  freshness(ids: $ids) {
    id
    copies {
      projection
      owner
      topic
      revision
      since
      ownerRevision
      isBehind
      behindSince
    }
  }
}
    `) as unknown as TypedDocumentString<HowNewCopiesAreQuery, HowNewCopiesAreQueryVariables>;
export const GivenAccountDocument = new TypedDocumentString(`
    mutation GivenAccount($input: RegisterInput!) {
  register(input: $input) {
    __typename
    ... on SignedIn {
      accessToken
      user {
        id
        handle
      }
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<GivenAccountMutation, GivenAccountMutationVariables>;
export const GivenSessionDocument = new TypedDocumentString(`
    mutation GivenSession($email: String!, $password: String!) {
  logIn(email: $email, password: $password) {
    __typename
    ... on SignedIn {
      accessToken
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<GivenSessionMutation, GivenSessionMutationVariables>;
export const GivenStudioDocument = new TypedDocumentString(`
    mutation GivenStudio($input: CreateStudioInput!) {
  createStudio(input: $input) {
    __typename
    ... on Studio {
      id
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<GivenStudioMutation, GivenStudioMutationVariables>;
export const GivenBundleDocument = new TypedDocumentString(`
    mutation GivenBundle($gameId: ID!, $partIds: [ID!]!) {
  declareBundle(gameId: $gameId, partIds: $partIds) {
    id
  }
}
    `) as unknown as TypedDocumentString<GivenBundleMutation, GivenBundleMutationVariables>;
export const GivenDlcDocument = new TypedDocumentString(`
    mutation GivenDlc($gameId: ID!, $baseGameId: ID!) {
  declareDlc(gameId: $gameId, baseGameId: $baseGameId) {
    id
  }
}
    `) as unknown as TypedDocumentString<GivenDlcMutation, GivenDlcMutationVariables>;
export const GivenDraftDocument = new TypedDocumentString(`
    mutation GivenDraft($input: CreateGameInput!) {
  createGame(input: $input) {
    __typename
    ... on Game {
      id
      slug
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<GivenDraftMutation, GivenDraftMutationVariables>;
export const GivenPriceDocument = new TypedDocumentString(`
    mutation GivenPrice($gameId: ID!, $price: MoneyInput!) {
  setPrice(gameId: $gameId, region: "*", price: $price) {
    __typename
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<GivenPriceMutation, GivenPriceMutationVariables>;
export const GivenPublicationDocument = new TypedDocumentString(`
    mutation GivenPublication($id: ID!) {
  publishGame(id: $id) {
    __typename
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<GivenPublicationMutation, GivenPublicationMutationVariables>;
export const GivenDefinitionsDocument = new TypedDocumentString(`
    mutation GivenDefinitions($gameId: ID!, $input: GameDataInput!) {
  editGameData(gameId: $gameId, input: $input) {
    revision
  }
}
    `) as unknown as TypedDocumentString<GivenDefinitionsMutation, GivenDefinitionsMutationVariables>;
export const GivenItemsDocument = new TypedDocumentString(`
    mutation GivenItems($gameId: ID!, $items: [ItemInput!]!) {
  putItems(gameId: $gameId, items: $items) {
    revision
  }
}
    `) as unknown as TypedDocumentString<GivenItemsMutation, GivenItemsMutationVariables>;
export const GivenReleaseDocument = new TypedDocumentString(`
    mutation GivenRelease($gameId: ID!, $notes: String) {
  releaseGameData(gameId: $gameId, notes: $notes) {
    __typename
    ... on GameData {
      version
      game {
        items(first: 100) {
          edges {
            node {
              id
              key
            }
          }
        }
      }
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<GivenReleaseMutation, GivenReleaseMutationVariables>;
export const GivenFriendRequestDocument = new TypedDocumentString(`
    mutation GivenFriendRequest($userId: ID!) {
  sendFriendRequest(userId: $userId) {
    __typename
    ... on User {
      friendship
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<GivenFriendRequestMutation, GivenFriendRequestMutationVariables>;
export const GivenDirectChatDocument = new TypedDocumentString(`
    mutation GivenDirectChat($userId: ID!) {
  openDirectChat(userId: $userId) {
    id
  }
}
    `) as unknown as TypedDocumentString<GivenDirectChatMutation, GivenDirectChatMutationVariables>;
export const GivenMessageDocument = new TypedDocumentString(`
    mutation GivenMessage($input: SendMessageInput!) {
  sendMessage(input: $input) {
    __typename
    ... on Message {
      id
      sequence
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<GivenMessageMutation, GivenMessageMutationVariables>;
export const GivenLicenceDocument = new TypedDocumentString(`
    mutation GivenLicence($userId: ID!, $gameId: ID!) {
  grantLicence(userId: $userId, gameId: $gameId, reason: "a gift") {
    grantedAt
  }
}
    `) as unknown as TypedDocumentString<GivenLicenceMutation, GivenLicenceMutationVariables>;
export const GivenBuildDocument = new TypedDocumentString(`
    mutation GivenBuild($input: CreateBuildInput!) {
  createBuild(input: $input) {
    __typename
    ... on Build {
      id
      revision
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<GivenBuildMutation, GivenBuildMutationVariables>;
export const GivenMoneyDocument = new TypedDocumentString(`
    mutation GivenMoney($input: TopUpWalletInput!) {
  topUpWallet(input: $input) {
    __typename
    ... on TopUp {
      state
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<GivenMoneyMutation, GivenMoneyMutationVariables>;
export const GivenQuoteDocument = new TypedDocumentString(`
    mutation GivenQuote($gameId: ID!) {
  quoteGame(gameId: $gameId, region: "DE") {
    __typename
    ... on Quote {
      id
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<GivenQuoteMutation, GivenQuoteMutationVariables>;
export const GivenOrderDocument = new TypedDocumentString(`
    mutation GivenOrder($input: PurchaseGameInput!) {
  purchaseGame(input: $input) {
    __typename
    ... on Order {
      id
      state
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<GivenOrderMutation, GivenOrderMutationVariables>;
export const GivenOrderStateDocument = new TypedDocumentString(`
    query GivenOrderState($id: ID!) {
  order(id: $id) {
    state
  }
}
    `) as unknown as TypedDocumentString<GivenOrderStateQuery, GivenOrderStateQueryVariables>;
export const MostOwnedGamesDocument = new TypedDocumentString(`
    query MostOwnedGames($first: Int! = 10, $after: String) {
  games(first: $first, after: $after, sort: OWNERS) {
    totalCount
    pageInfo {
      hasNextPage
      endCursor
    }
    edges {
      node {
        title
        ownersCount
        buildsCount
        releasedAt
        studio {
          name
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<MostOwnedGamesQuery, MostOwnedGamesQueryVariables>;
export const FindGamesDocument = new TypedDocumentString(`
    query FindGames($search: String, $filter: GameFilter, $region: String) {
  games(first: 10, search: $search, filter: $filter) {
    totalCount
    facets {
      field
      values {
        value
        label
        count
      }
    }
    edges {
      relevance {
        score
      }
      node {
        title
        summary
        tags {
          name
        }
        price(region: $region) {
          discountPercent
          final {
            minor
            currency
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<FindGamesQuery, FindGamesQueryVariables>;
export const LogInDocument = new TypedDocumentString(`
    mutation LogIn($email: String!, $password: String!) {
  logIn(email: $email, password: $password) {
    __typename
    ... on SignedIn {
      accessToken
      accessTokenExpiresAt
      refreshToken
      user {
        handle
      }
    }
    ... on Refusal {
      message
    }
    ... on AccountLocked {
      retryAt
    }
  }
}
    `) as unknown as TypedDocumentString<LogInMutation, LogInMutationVariables>;
export const MyLibraryDocument = new TypedDocumentString(`
    query MyLibrary($search: String) {
  me {
    handle
    displayName
    roles
    friendsCount
    wallets {
      balance {
        minor
        currency
      }
    }
    unreadNotificationsCount
    library(first: 10, sort: PLAYTIME, search: $search) {
      totalCount
      edges {
        node {
          gameTitle
          playtimeSeconds
          lastPlayedAt
          achievements {
            unlocked
            total
          }
          game {
            studio {
              name
            }
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<MyLibraryQuery, MyLibraryQueryVariables>;
export const FriendsDocument = new TypedDocumentString(`
    query Friends {
  me {
    friends(first: 20) {
      totalCount
      edges {
        since
        node {
          handle
          avatarUrl
          presence {
            status
            gameTitle
          }
          library(first: 3, sort: PLAYTIME) {
            totalCount
            edges {
              node {
                gameTitle
                playtimeSeconds
              }
            }
          }
          builds(first: 2, sort: MOST_LIKED) {
            edges {
              node {
                name
                gameTitle
                items {
                  slot
                  name
                }
                stats {
                  name
                  value
                  unit
                }
              }
            }
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<FriendsQuery, FriendsQueryVariables>;
export const FindItemsDocument = new TypedDocumentString(`
    query FindItems($slug: String!, $filter: ItemFilter, $order: ItemAttributeSort) {
  gameBySlug(slug: $slug) {
    title
    items(first: 20, filter: $filter, sortByAttribute: $order) {
      totalCount
      categories {
        category
        count
      }
      edges {
        node {
          name
          category
          attributes {
            name
            value
            unit
          }
        }
      }
    }
    data {
      version
      attributes {
        key
        name
        type
        unit
      }
    }
  }
}
    `) as unknown as TypedDocumentString<FindItemsQuery, FindItemsQueryVariables>;
export const BuildDocument = new TypedDocumentString(`
    query Build($search: String!) {
  builds(first: 1, search: $search) {
    edges {
      node {
        name
        gameTitle
        authorHandle
        likesCount
        shareCode
        items {
          slot
          name
          category
          attributes {
            name
            value
            pinnedValue
            isChanged
          }
        }
        parameters {
          name
          value
        }
        stats {
          name
          value
          unit
        }
        violations {
          message
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<BuildQuery, BuildQueryVariables>;
export const BestBuildsDocument = new TypedDocumentString(`
    query BestBuilds($slug: String!) {
  gameBySlug(slug: $slug) {
    builds(first: 3, sort: MOST_LIKED) {
      edges {
        node {
          ids: id
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<BestBuildsQuery, BestBuildsQueryVariables>;
export const CompareBuildsDocument = new TypedDocumentString(`
    query CompareBuilds($ids: [ID!]!) {
  compareBuilds(ids: $ids) {
    builds {
      name
      authorHandle
      likesCount
    }
    stats {
      name
      values
      differences
      unit
    }
    cost {
      values
      differences
    }
    items {
      slot
      items {
        name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<CompareBuildsQuery, CompareBuildsQueryVariables>;
export const GameToBuyDocument = new TypedDocumentString(`
    query GameToBuy($slug: String!) {
  gameBySlug(slug: $slug) {
    gameId: id
    title
  }
}
    `) as unknown as TypedDocumentString<GameToBuyQuery, GameToBuyQueryVariables>;
export const QuoteGameDocument = new TypedDocumentString(`
    mutation QuoteGame($gameId: ID!, $region: String!) {
  quoteGame(gameId: $gameId, region: $region) {
    __typename
    ... on Quote {
      quoteId: id
      idempotencyKey: id
      amount {
        minor
        currency
      }
      expiresAt
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<QuoteGameMutation, QuoteGameMutationVariables>;
export const BuyGameDocument = new TypedDocumentString(`
    mutation BuyGame($quoteId: ID!, $idempotencyKey: String!) {
  purchaseGame(input: {quoteId: $quoteId, idempotencyKey: $idempotencyKey}) {
    __typename
    ... on Order {
      state
      createdAt
      amount {
        minor
        currency
      }
    }
    ... on Refusal {
      message
    }
    ... on InsufficientFunds {
      missing {
        minor
        currency
      }
    }
  }
}
    `) as unknown as TypedDocumentString<BuyGameMutation, BuyGameMutationVariables>;
export const ReceiptsDocument = new TypedDocumentString(`
    query Receipts {
  me {
    wallets {
      balance {
        minor
        currency
      }
      transactions(first: 10) {
        edges {
          node {
            at
            kind
            direction
            amount {
              minor
              currency
            }
            balanceAfter {
              minor
              currency
            }
            order {
              state
              gameTitle
            }
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ReceiptsQuery, ReceiptsQueryVariables>;
export const SomeFriendDocument = new TypedDocumentString(`
    query SomeFriend {
  me {
    friends(first: 1, sort: SINCE) {
      edges {
        node {
          friendId: id
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SomeFriendQuery, SomeFriendQueryVariables>;
export const OpenChatDocument = new TypedDocumentString(`
    mutation OpenChat($friendId: ID!) {
  openDirectChat(userId: $friendId) {
    chatId: id
  }
}
    `) as unknown as TypedDocumentString<OpenChatMutation, OpenChatMutationVariables>;
export const SaySomethingDocument = new TypedDocumentString(`
    mutation SaySomething($chatId: ID!, $clientId: ID!, $text: String!) {
  sendMessage(input: {chatId: $chatId, clientId: $clientId, text: $text}) {
    __typename
    ... on Message {
      sequence
      text
      sentAt
      chat {
        members(first: 10) {
          edges {
            node {
              user {
                handle
              }
            }
          }
        }
      }
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SaySomethingMutation, SaySomethingMutationVariables>;
export const NewMessagesDocument = new TypedDocumentString(`
    subscription NewMessages {
  messageAdded {
    text
    sentAt
    author {
      handle
      presence {
        status
      }
    }
    chat {
      unreadCount
    }
  }
}
    `) as unknown as TypedDocumentString<NewMessagesSubscription, NewMessagesSubscriptionVariables>;
export const NewNotificationsDocument = new TypedDocumentString(`
    subscription NewNotifications {
  notificationAdded {
    kind
    createdAt
    actor {
      handle
    }
    game {
      title
    }
    build {
      name
      needsReview
    }
  }
}
    `) as unknown as TypedDocumentString<NewNotificationsSubscription, NewNotificationsSubscriptionVariables>;
export const GameToPatchDocument = new TypedDocumentString(`
    query GameToPatch($slug: String!) {
  gameBySlug(slug: $slug) {
    gameId: id
  }
}
    `) as unknown as TypedDocumentString<GameToPatchQuery, GameToPatchQueryVariables>;
export const PatchItemsDocument = new TypedDocumentString(`
    mutation PatchItems($gameId: ID!, $items: [ItemInput!]!) {
  putItems(gameId: $gameId, items: $items) {
    revision
  }
}
    `) as unknown as TypedDocumentString<PatchItemsMutation, PatchItemsMutationVariables>;
export const NextPatchDocument = new TypedDocumentString(`
    query NextPatch($gameId: ID!) {
  gameDataDraft(gameId: $gameId) {
    difference {
      areDefinitionsChanged
      itemsCount
      added
      changed
      removed
    }
    items(first: 20) {
      edges {
        node {
          key
          attributes
        }
      }
    }
    stats {
      name
      formula
    }
    rules {
      formula
      message
    }
  }
}
    `) as unknown as TypedDocumentString<NextPatchQuery, NextPatchQueryVariables>;
export const BuildsByRegionDocument = new TypedDocumentString(`
    query BuildsByRegion {
  buildsByRegion(first: 50, sort: BUILDS_COUNT) {
    totalCount
    edges {
      node {
        region
        buildsCount
        authorsCount
        likesCount
      }
    }
  }
}
    `) as unknown as TypedDocumentString<BuildsByRegionQuery, BuildsByRegionQueryVariables>;
export const RevenueDocument = new TypedDocumentString(`
    query Revenue($filter: RevenueFilter!) {
  revenueByGame(first: 20, sort: NET, filter: $filter) {
    edges {
      node {
        title
        orders
        refunds
        net {
          minor
          currency
        }
        game {
          ownersCount
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<RevenueQuery, RevenueQueryVariables>;
export const LedgerAuditDocument = new TypedDocumentString(`
    query LedgerAudit {
  ledgerAudit {
    sums {
      minor
      currency
    }
    differences {
      kind
      balance {
        minor
        currency
      }
      transferred {
        minor
        currency
      }
    }
  }
}
    `) as unknown as TypedDocumentString<LedgerAuditQuery, LedgerAuditQueryVariables>;
export const ReconcilePaymentsDocument = new TypedDocumentString(`
    query ReconcilePayments {
  paymentReconciliation(
    from: "2026-01-01T00:00:00Z"
    to: "2027-01-01T00:00:00Z"
    first: 20
  ) {
    totalCount
    mismatches: edges {
      node {
        kind
        key
        reference
        ourState
        theirState
        ourAmount {
          minor
          currency
        }
        theirAmount {
          minor
          currency
        }
        cure
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ReconcilePaymentsQuery, ReconcilePaymentsQueryVariables>;
export const ExplainAFigureDocument = new TypedDocumentString(`
    query ExplainAFigure($search: String!) {
  builds(first: 1, search: $search) {
    edges {
      node {
        name
        explain(stat: "damage") {
          value
          parts {
            depth
            label
            value
            contribution
          }
        }
        sensitivity {
          attribute
          effects {
            stat
            change
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ExplainAFigureQuery, ExplainAFigureQueryVariables>;
export const StudioOfMineDocument = new TypedDocumentString(`
    query StudioOfMine {
  me {
    studios(first: 1) {
      edges {
        node {
          studioId: id
          name
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<StudioOfMineQuery, StudioOfMineQueryVariables>;
export const BeginGameOfRulesDocument = new TypedDocumentString(`
    mutation BeginGameOfRules($studioId: ID!, $slug: String!) {
  createGame(
    input: {studioId: $studioId, slug: $slug, texts: [{locale: "en", title: "Rings"}]}
  ) {
    __typename
    ... on Game {
      gameId: id
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<BeginGameOfRulesMutation, BeginGameOfRulesMutationVariables>;
export const ImportRuleFileDocument = new TypedDocumentString(`
    mutation ImportRuleFile($gameId: ID!, $file: String!) {
  importRules(gameId: $gameId, file: $file) {
    __typename
    ... on GameDataDraft {
      revision
      stats {
        name
        formula
      }
    }
    ... on Refusal {
      message
    }
    ... on RuleFileFaulty {
      faults {
        path
        line
        column
        message
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ImportRuleFileMutation, ImportRuleFileMutationVariables>;
export const ReleaseRulesDocument = new TypedDocumentString(`
    mutation ReleaseRules($gameId: ID!) {
  releaseGameData(gameId: $gameId, notes: "The rings are here.") {
    __typename
    ... on GameData {
      version
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ReleaseRulesMutation, ReleaseRulesMutationVariables>;
export const ImportedItemsDocument = new TypedDocumentString(`
    query ImportedItems($gameId: ID!) {
  game(id: $gameId) {
    items(first: 10) {
      totalCount
      edges {
        node {
          name
          attributes {
            name
            value
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ImportedItemsQuery, ImportedItemsQueryVariables>;
export const BuildToOptimiseDocument = new TypedDocumentString(`
    query BuildToOptimise($slug: String!) {
  gameBySlug(slug: $slug) {
    builds(first: 1, sort: MOST_LIKED) {
      edges {
        node {
          buildId: id
          name
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<BuildToOptimiseQuery, BuildToOptimiseQueryVariables>;
export const OptimiseBuildDocument = new TypedDocumentString(`
    mutation OptimiseBuild($buildId: ID!) {
  optimiseBuild(
    input: {buildId: $buildId, objective: "stat.absorption", lockedSlots: ["right_hand", "left_hand"], limits: [{stat: "load", max: 70}], alternatives: 2}
  ) {
    optimisationId: id
    state
  }
}
    `) as unknown as TypedDocumentString<OptimiseBuildMutation, OptimiseBuildMutationVariables>;
export const OptimisedBuildDocument = new TypedDocumentString(`
    query OptimisedBuild($optimisationId: ID!) {
  optimisation(id: $optimisationId) {
    state
    outcome
    answers {
      objective
      bound
      isOptimal
      items {
        slot
        name
      }
      stats {
        name
        unit
        value
      }
    }
    conflicts {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<OptimisedBuildQuery, OptimisedBuildQueryVariables>;
export const NextUpgradesDocument = new TypedDocumentString(`
    query NextUpgrades($buildId: ID!) {
  buildUpgrades(buildId: $buildId, objective: "stat.absorption", first: 3) {
    slot
    name
    gain
  }
}
    `) as unknown as TypedDocumentString<NextUpgradesQuery, NextUpgradesQueryVariables>;
export const BuildsToFightDocument = new TypedDocumentString(`
    query BuildsToFight($slug: String!) {
  gameBySlug(slug: $slug) {
    best: builds(first: 1, sort: MOST_LIKED) {
      edges {
        node {
          buildId: id
          name
        }
      }
    }
    newest: builds(first: 1, sort: NEWEST) {
      edges {
        node {
          opponentId: id
          name
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<BuildsToFightQuery, BuildsToFightQueryVariables>;
export const SimulateBuildDocument = new TypedDocumentString(`
    mutation SimulateBuild($buildId: ID!, $opponentId: ID!) {
  simulateBuild(
    input: {buildId: $buildId, opponentId: $opponentId, fight: "duel"}
  ) {
    simulationId: id
    state
  }
}
    `) as unknown as TypedDocumentString<SimulateBuildMutation, SimulateBuildMutationVariables>;
export const SimulatedFightDocument = new TypedDocumentString(`
    query SimulatedFight($simulationId: ID!) {
  simulation(id: $simulationId) {
    state
    fought
    seed
    build {
      name
    }
    opponent {
      name
    }
    measures {
      name
      unit
      mean
      low
      high
      deviation
    }
  }
}
    `) as unknown as TypedDocumentString<SimulatedFightQuery, SimulatedFightQueryVariables>;
export const GameOfBuildsDocument = new TypedDocumentString(`
    query GameOfBuilds($slug: String!) {
  gameBySlug(slug: $slug) {
    gameId: id
  }
}
    `) as unknown as TypedDocumentString<GameOfBuildsQuery, GameOfBuildsQueryVariables>;
export const BuildsWithinBudgetDocument = new TypedDocumentString(`
    query BuildsWithinBudget($gameId: ID!, $stats: [BuildStatFilter!], $cost: BuildCostFilter) {
  builds(first: 5, filter: {gameId: $gameId, stats: $stats, cost: $cost}) {
    totalCount
    edges {
      node {
        name
        authorHandle
        cost {
          value
          unit
        }
        stats {
          name
          value
          unit
        }
        items {
          name
          cost
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<BuildsWithinBudgetQuery, BuildsWithinBudgetQueryVariables>;
export const MyBuildsDocument = new TypedDocumentString(`
    query MyBuilds($needsReview: Boolean) {
  me {
    builds(first: 5, filter: {needsReview: $needsReview}) {
      edges {
        node {
          name
          revision
          dataVersion
          patch {
            fromVersion
            toVersion
            summary
            stats {
              name
              before
              after
              relativeChange
            }
            items {
              name
              isRemoved
              attributes {
                name
                before
                after
              }
            }
            newViolations {
              message
              cure
            }
          }
          revisions(first: 3) {
            totalCount
            edges {
              node {
                number
                name
                savedAt
                stats {
                  name
                  value
                }
              }
            }
          }
          revisionDifference(from: 1, to: 1) {
            notes {
              before
              after
            }
            items {
              slot
              before {
                name
              }
              after {
                name
              }
            }
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<MyBuildsQuery, MyBuildsQueryVariables>;
export const ExportBuildDocument = new TypedDocumentString(`
    query ExportBuild($search: String!) {
  builds(first: 1, search: $search) {
    edges {
      node {
        name
        code: exportCode
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ExportBuildQuery, ExportBuildQueryVariables>;
export const ImportBuildDocument = new TypedDocumentString(`
    mutation ImportBuild($code: String!, $isPartial: Boolean!) {
  importBuild(code: $code, isPartial: $isPartial) {
    ... on Build {
      name
      visibility
      items {
        slot
        name
      }
    }
    ... on BuildInPart {
      build {
        name
      }
      leftOut {
        path
        message
      }
    }
    ... on BuildFaulty {
      message
      faults {
        path
        message
        cure
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ImportBuildMutation, ImportBuildMutationVariables>;
export const GameToProposeDocument = new TypedDocumentString(`
    query GameToPropose($slug: String!) {
  gameBySlug(slug: $slug) {
    gameId: id
  }
}
    `) as unknown as TypedDocumentString<GameToProposeQuery, GameToProposeQueryVariables>;
export const DraftItemsDocument = new TypedDocumentString(`
    mutation DraftItems($gameId: ID!, $items: [ItemInput!]!) {
  putItems(gameId: $gameId, items: $items) {
    revision
  }
}
    `) as unknown as TypedDocumentString<DraftItemsMutation, DraftItemsMutationVariables>;
export const ProposeDraftDocument = new TypedDocumentString(`
    mutation ProposeDraft($gameId: ID!) {
  proposeGameData(gameId: $gameId) {
    ... on GameDataProposal {
      proposalId: id
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<ProposeDraftMutation, ProposeDraftMutationVariables>;
export const ImpactOfDraftDocument = new TypedDocumentString(`
    query ImpactOfDraft($proposalId: ID!) {
  node(id: $proposalId) {
    ... on GameDataProposal {
      proposedAt
      impact {
        isComplete
        buildsCount
        buildsDone
        counts {
          visibility
          buildsCount
          brokenCount
          shiftedCount
        }
        stats {
          name
          buildsCount
          mean
          distribution {
            from
            to
            buildsCount
          }
        }
        items {
          name
          isRemoved
          buildsCount
        }
        rules {
          rule
          buildsCount
        }
        mostAffected {
          summary
          build {
            name
            authorHandle
          }
        }
        broken {
          build {
            name
          }
          violations {
            message
            cure
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ImpactOfDraftQuery, ImpactOfDraftQueryVariables>;
export const ItemToGiveDocument = new TypedDocumentString(`
    query ItemToGive($slug: String!, $item: String!, $handle: String!) {
  gameBySlug(slug: $slug) {
    gameId: id
    items(first: 1, search: $item) {
      edges {
        node {
          itemId: id
          name
        }
      }
    }
  }
  userByHandle(handle: $handle) {
    userId: id
  }
}
    `) as unknown as TypedDocumentString<ItemToGiveQuery, ItemToGiveQueryVariables>;
export const GiveItemsDocument = new TypedDocumentString(`
    mutation GiveItems($userId: ID!, $gameId: ID!, $itemId: ID!, $idempotencyKey: String!) {
  changeInventory(
    input: {userId: $userId, gameId: $gameId, changes: [{itemId: $itemId, by: 1}], idempotencyKey: $idempotencyKey}
  ) {
    __typename
    ... on Inventory {
      items(first: 20) {
        totalCount
        edges {
          node {
            quantity
            item {
              name
            }
          }
        }
      }
    }
    ... on Refusal {
      message
    }
    ... on InventoryFaulty {
      faults {
        path
        message
        cure
      }
    }
  }
}
    `) as unknown as TypedDocumentString<GiveItemsMutation, GiveItemsMutationVariables>;
export const GameOfItemsDocument = new TypedDocumentString(`
    query GameOfItems($slug: String!) {
  gameBySlug(slug: $slug) {
    gameId: id
  }
}
    `) as unknown as TypedDocumentString<GameOfItemsQuery, GameOfItemsQueryVariables>;
export const MyItemsDocument = new TypedDocumentString(`
    query MyItems($gameId: ID!) {
  me {
    inventory(gameId: $gameId) {
      items(first: 20) {
        totalCount
        edges {
          node {
            quantity
            item {
              name
              category
              attributes {
                name
                value
              }
            }
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<MyItemsQuery, MyItemsQueryVariables>;