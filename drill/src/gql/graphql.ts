/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Who may see something. */
export type Audience =
  /** Friends, and oneself. */
  | 'FRIENDS'
  /** Nobody but oneself. */
  | 'PRIVATE'
  /** Everyone. */
  | 'PUBLIC'
  | '%future added value';

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

/** Who may see a build. */
export type BuildVisibility =
  /** Nobody but its author. */
  | 'PRIVATE'
  /** Everyone, and it is listed. */
  | 'PUBLIC'
  /** Whoever has its id or its share code. It is listed nowhere. */
  | 'UNLISTED'
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

/** A voucher to make. */
export type CreateVoucherInput = {
  expiresAt: string;
  /** Only for orders of this game or bundle. */
  gameId?: string | number | null | undefined;
  /** 16 to 255 characters that the client makes up for this wish, such as a UUID, and sends again whenever it does not know whether it was heard: it is carried out once, and every answer is about that one time, a refusal too. Another wish needs another key. Kept for 30 days. */
  idempotencyKey: string;
  /** Off the price: 1 to 100. */
  percent: number;
  /** How often it can be redeemed: 1 to 1000000. */
  redemptionsMax: number;
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

/** An amount in a currency. */
export type MoneyInput = {
  /** ISO 4217: `EUR`, `JPY`. */
  currency: string;
  /** In the currency's smallest unit. */
  minor: string;
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

/** What is not given stays as it is. */
export type PrivacyInput = {
  activity?: Audience | null | undefined;
  friends?: Audience | null | undefined;
  library?: Audience | null | undefined;
  presence?: Audience | null | undefined;
};

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

/** Which order to give back. */
export type RefundOrderInput = {
  /** Which of its games; if not given: all. Those of a bundle go together. */
  gameIds?: Array<string | number> | null | undefined;
  /** 16 to 255 characters that the client makes up for this wish, such as a UUID, and sends again whenever it does not know whether it was heard: it is carried out once, and every answer is about that one time, a refusal too. Another wish needs another key. Kept for 30 days. */
  idempotencyKey: string;
  orderId: string | number;
};

/** What is not given stays as it is; notes that are null are emptied. */
export type SaveBuildInput = {
  /** The revision that this is a change of. */
  expectedRevision: number;
  id: string | number;
  /** All of them, in their order. */
  items?: Array<BuildItemInput> | null | undefined;
  name?: string | null | undefined;
  notes?: string | null | undefined;
  /** All that are not defaults. */
  parameters?: Array<BuildParameterInput> | null | undefined;
};

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

/** What is not given stays as it is; null takes the cover away. */
export type UpdateGameInput = {
  /** Of an image, by https. */
  coverUrl?: string | null | undefined;
  id: string | number;
  platforms?: Array<GamePlatform> | null | undefined;
  /** Whose texts are taken away. */
  removedLocales?: Array<string> | null | undefined;
  /** The old one keeps leading to the game. */
  slug?: string | null | undefined;
  /** By name; at most 20. */
  tags?: Array<string> | null | undefined;
  texts?: Array<GameTextInput> | null | undefined;
};

/** What is not given stays as it is; null empties. */
export type UpdateProfileInput = {
  /** By https. */
  avatarUrl?: string | null | undefined;
  bio?: string | null | undefined;
  displayName?: string | null | undefined;
  privacy?: PrivacyInput | null | undefined;
  /** ISO 3166-1 alpha-2. */
  region?: string | null | undefined;
};

export type DrillProfileMutationVariables = Exact<{
  input: UpdateProfileInput;
}>;


export type DrillProfileMutation = { updateProfile: { id: string } };

export type DrillHandleMutationVariables = Exact<{
  handle: string;
}>;


export type DrillHandleMutation = { changeHandle:
    | { __typename: 'HandleCoolingDown' }
    | { __typename: 'HandleTaken' }
    | { __typename: 'User' }
   };

export type DrillGoodbyeMutationVariables = Exact<{
  password: string;
}>;


export type DrillGoodbyeMutation = { deleteAccount:
    | { __typename: 'User' }
    | { __typename: 'WrongCredentials' }
   };

export type DrillPageMutationVariables = Exact<{
  input: UpdateGameInput;
}>;


export type DrillPageMutation = { updateGame:
    | { __typename: 'Game' }
    | { __typename: 'GameIncomplete' }
    | { __typename: 'GameSlugTaken' }
   };

export type DrillPriceMutationVariables = Exact<{
  gameId: string | number;
  price: MoneyInput;
}>;


export type DrillPriceMutation = { setPrice:
    | { __typename: 'Game' }
    | { __typename: 'PriceFrozen' }
   };

export type DrillItemsMutationVariables = Exact<{
  gameId: string | number;
  items: Array<ItemInput> | ItemInput;
}>;


export type DrillItemsMutation = { putItems: { revision: number } };

export type DrillReleaseMutationVariables = Exact<{
  gameId: string | number;
}>;


export type DrillReleaseMutation = { releaseGameData:
    | { __typename: 'GameData' }
    | { __typename: 'GameDataFaulty' }
    | { __typename: 'GameDataUnchanged' }
   };

export type DrillQuoteMutationVariables = Exact<{
  gameId: string | number;
  andGameIds?: Array<string | number> | string | number | null | undefined;
  recipientId?: string | number | null | undefined;
}>;


export type DrillQuoteMutation = { quoteGame:
    | { __typename: 'BaseGameMissing' }
    | { __typename: 'GameNotForSale' }
    | { __typename: 'GameOwnedAlready' }
    | { __typename: 'GiftNotPossible' }
    | { __typename: 'Quote', id: string, amount: { minor: string } }
   };

export type DrillPurchaseMutationVariables = Exact<{
  input: PurchaseGameInput;
}>;


export type DrillPurchaseMutation = { purchaseGame:
    | { __typename: 'BaseGameMissing' }
    | { __typename: 'GameNotForSale' }
    | { __typename: 'GameOwnedAlready' }
    | { __typename: 'InsufficientFunds' }
    | { __typename: 'Order', id: string, state: OrderState }
    | { __typename: 'PriceChanged' }
    | { __typename: 'PurchaseUnderWay' }
    | { __typename: 'QuoteExpired' }
    | { __typename: 'VoucherNotValid' }
   };

export type DrillRefundMutationVariables = Exact<{
  input: RefundOrderInput;
}>;


export type DrillRefundMutation = { refundOrder:
    | { __typename: 'Order', id: string }
    | { __typename: 'RefundNotPossible' }
   };

export type DrillTopUpMutationVariables = Exact<{
  input: TopUpWalletInput;
}>;


export type DrillTopUpMutation = { topUpWallet:
    | { __typename: 'TopUp', id: string, state: TopUpState }
    | { __typename: 'TopUpDeclined' }
   };

export type DrillVoucherMutationVariables = Exact<{
  input: CreateVoucherInput;
}>;


export type DrillVoucherMutation = { createVoucher: { code: string } };

export type DrillReconcileMutationVariables = Exact<{
  from: string;
  to: string;
}>;


export type DrillReconcileMutation = { reconcilePayments: number };

export type DrillMismatchesQueryVariables = Exact<{
  from: string;
  to: string;
}>;


export type DrillMismatchesQuery = { paymentReconciliation: { totalCount: number, edges: Array<{ node: { kind: PaymentMismatchKind, key: string | null, ourState: string | null, theirState: string | null } }> } };

export type DrillBuildMutationVariables = Exact<{
  input: CreateBuildInput;
}>;


export type DrillBuildMutation = { createBuild:
    | { __typename: 'Build', id: string }
    | { __typename: 'BuildFaulty' }
   };

export type DrillSaveMutationVariables = Exact<{
  input: SaveBuildInput;
}>;


export type DrillSaveMutation = { saveBuild:
    | { __typename: 'Build', revision: number }
    | { __typename: 'BuildFaulty' }
   };

export type DrillVisibilityMutationVariables = Exact<{
  id: string | number;
  visibility: BuildVisibility;
}>;


export type DrillVisibilityMutation = { setBuildVisibility:
    | { __typename: 'Build' }
    | { __typename: 'BuildHidden' }
   };

export type DrillLikeMutationVariables = Exact<{
  id: string | number;
}>;


export type DrillLikeMutation = { likeBuild:
    | { __typename: 'Build' }
    | { __typename: 'BuildIsOwn' }
   };

export type DrillDeleteMutationVariables = Exact<{
  id: string | number;
}>;


export type DrillDeleteMutation = { deleteBuild: string };

export type DrillRequestMutationVariables = Exact<{
  userId: string | number;
}>;


export type DrillRequestMutation = { sendFriendRequest:
    | { __typename: 'FriendRequestsLimitReached' }
    | { __typename: 'FriendsLimitReached' }
    | { __typename: 'User' }
    | { __typename: 'UserBlocked' }
   };

export type DrillUnfriendMutationVariables = Exact<{
  userId: string | number;
}>;


export type DrillUnfriendMutation = { unfriend: { id: string } };

export type DrillBlockMutationVariables = Exact<{
  userId: string | number;
}>;


export type DrillBlockMutation = { blockUser: { id: string } };

export type DrillUnblockMutationVariables = Exact<{
  userId: string | number;
}>;


export type DrillUnblockMutation = { unblockUser: { id: string } };

export type DrillPlayMutationVariables = Exact<{
  gameId: string | number;
  deviceId: string;
}>;


export type DrillPlayMutation = { startPlaySession:
    | { __typename: 'GameNotOwned' }
    | { __typename: 'PlaySession', id: string }
   };

export type DrillStopMutationVariables = Exact<{
  id: string | number;
}>;


export type DrillStopMutation = { endPlaySession: { id: string } };

export type DrillMessageMutationVariables = Exact<{
  input: SendMessageInput;
}>;


export type DrillMessageMutation = { sendMessage:
    | { __typename: 'ChatClosed' }
    | { __typename: 'Message', id: string }
   };

export type DrillHearSubscriptionVariables = Exact<{
  chatId: string | number;
}>;


export type DrillHearSubscription = { messageAdded: { sequence: number } };

export type DrillLookQueryVariables = Exact<{
  orderId: string | number;
}>;


export type DrillLookQuery = { me: { displayName: string } | null, order: { gameTitle: string | null, game: { id: string, title: string, price: { base: { minor: string } } | null } } | null };

export type DrillTitleOnBuildQueryVariables = Exact<{
  gameId: string | number;
}>;


export type DrillTitleOnBuildQuery = { builds: { edges: Array<{ node: { gameTitle: string | null } }> } };

export type DrillNameQueryVariables = Exact<{ [key: string]: never; }>;


export type DrillNameQuery = { me: { displayName: string } | null };

export type DrillGameQueryVariables = Exact<{
  id: string | number;
}>;


export type DrillGameQuery = { game: { title: string, price: { base: { minor: string } } | null } | null };

export type DrillFriendshipQueryVariables = Exact<{
  id: string | number;
}>;


export type DrillFriendshipQuery = { user: { friendship: FriendshipStatus | null } | null };

export type DrillRevisionQueryVariables = Exact<{
  id: string | number;
}>;


export type DrillRevisionQuery = { build: { revision: number } | null };

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

export const DrillProfileDocument = new TypedDocumentString(`
    mutation DrillProfile($input: UpdateProfileInput!) {
  updateProfile(input: $input) {
    id
  }
}
    `) as unknown as TypedDocumentString<DrillProfileMutation, DrillProfileMutationVariables>;
export const DrillHandleDocument = new TypedDocumentString(`
    mutation DrillHandle($handle: String!) {
  changeHandle(handle: $handle) {
    __typename
  }
}
    `) as unknown as TypedDocumentString<DrillHandleMutation, DrillHandleMutationVariables>;
export const DrillGoodbyeDocument = new TypedDocumentString(`
    mutation DrillGoodbye($password: String!) {
  deleteAccount(password: $password) {
    __typename
  }
}
    `) as unknown as TypedDocumentString<DrillGoodbyeMutation, DrillGoodbyeMutationVariables>;
export const DrillPageDocument = new TypedDocumentString(`
    mutation DrillPage($input: UpdateGameInput!) {
  updateGame(input: $input) {
    __typename
  }
}
    `) as unknown as TypedDocumentString<DrillPageMutation, DrillPageMutationVariables>;
export const DrillPriceDocument = new TypedDocumentString(`
    mutation DrillPrice($gameId: ID!, $price: MoneyInput!) {
  setPrice(gameId: $gameId, region: "*", price: $price) {
    __typename
  }
}
    `) as unknown as TypedDocumentString<DrillPriceMutation, DrillPriceMutationVariables>;
export const DrillItemsDocument = new TypedDocumentString(`
    mutation DrillItems($gameId: ID!, $items: [ItemInput!]!) {
  putItems(gameId: $gameId, items: $items) {
    revision
  }
}
    `) as unknown as TypedDocumentString<DrillItemsMutation, DrillItemsMutationVariables>;
export const DrillReleaseDocument = new TypedDocumentString(`
    mutation DrillRelease($gameId: ID!) {
  releaseGameData(gameId: $gameId) {
    __typename
  }
}
    `) as unknown as TypedDocumentString<DrillReleaseMutation, DrillReleaseMutationVariables>;
export const DrillQuoteDocument = new TypedDocumentString(`
    mutation DrillQuote($gameId: ID!, $andGameIds: [ID!], $recipientId: ID) {
  quoteGame(
    gameId: $gameId
    andGameIds: $andGameIds
    recipientId: $recipientId
    region: "DE"
  ) {
    __typename
    ... on Quote {
      id
      amount {
        minor
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DrillQuoteMutation, DrillQuoteMutationVariables>;
export const DrillPurchaseDocument = new TypedDocumentString(`
    mutation DrillPurchase($input: PurchaseGameInput!) {
  purchaseGame(input: $input) {
    __typename
    ... on Order {
      id
      state
    }
  }
}
    `) as unknown as TypedDocumentString<DrillPurchaseMutation, DrillPurchaseMutationVariables>;
export const DrillRefundDocument = new TypedDocumentString(`
    mutation DrillRefund($input: RefundOrderInput!) {
  refundOrder(input: $input) {
    __typename
    ... on Order {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<DrillRefundMutation, DrillRefundMutationVariables>;
export const DrillTopUpDocument = new TypedDocumentString(`
    mutation DrillTopUp($input: TopUpWalletInput!) {
  topUpWallet(input: $input) {
    __typename
    ... on TopUp {
      id
      state
    }
  }
}
    `) as unknown as TypedDocumentString<DrillTopUpMutation, DrillTopUpMutationVariables>;
export const DrillVoucherDocument = new TypedDocumentString(`
    mutation DrillVoucher($input: CreateVoucherInput!) {
  createVoucher(input: $input) {
    code
  }
}
    `) as unknown as TypedDocumentString<DrillVoucherMutation, DrillVoucherMutationVariables>;
export const DrillReconcileDocument = new TypedDocumentString(`
    mutation DrillReconcile($from: DateTime!, $to: DateTime!) {
  reconcilePayments(from: $from, to: $to)
}
    `) as unknown as TypedDocumentString<DrillReconcileMutation, DrillReconcileMutationVariables>;
export const DrillMismatchesDocument = new TypedDocumentString(`
    query DrillMismatches($from: DateTime!, $to: DateTime!) {
  paymentReconciliation(from: $from, to: $to, first: 10) {
    totalCount
    edges {
      node {
        kind
        key
        ourState
        theirState
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DrillMismatchesQuery, DrillMismatchesQueryVariables>;
export const DrillBuildDocument = new TypedDocumentString(`
    mutation DrillBuild($input: CreateBuildInput!) {
  createBuild(input: $input) {
    __typename
    ... on Build {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<DrillBuildMutation, DrillBuildMutationVariables>;
export const DrillSaveDocument = new TypedDocumentString(`
    mutation DrillSave($input: SaveBuildInput!) {
  saveBuild(input: $input) {
    __typename
    ... on Build {
      revision
    }
  }
}
    `) as unknown as TypedDocumentString<DrillSaveMutation, DrillSaveMutationVariables>;
export const DrillVisibilityDocument = new TypedDocumentString(`
    mutation DrillVisibility($id: ID!, $visibility: BuildVisibility!) {
  setBuildVisibility(id: $id, visibility: $visibility) {
    __typename
  }
}
    `) as unknown as TypedDocumentString<DrillVisibilityMutation, DrillVisibilityMutationVariables>;
export const DrillLikeDocument = new TypedDocumentString(`
    mutation DrillLike($id: ID!) {
  likeBuild(id: $id) {
    __typename
  }
}
    `) as unknown as TypedDocumentString<DrillLikeMutation, DrillLikeMutationVariables>;
export const DrillDeleteDocument = new TypedDocumentString(`
    mutation DrillDelete($id: ID!) {
  deleteBuild(id: $id)
}
    `) as unknown as TypedDocumentString<DrillDeleteMutation, DrillDeleteMutationVariables>;
export const DrillRequestDocument = new TypedDocumentString(`
    mutation DrillRequest($userId: ID!) {
  sendFriendRequest(userId: $userId) {
    __typename
  }
}
    `) as unknown as TypedDocumentString<DrillRequestMutation, DrillRequestMutationVariables>;
export const DrillUnfriendDocument = new TypedDocumentString(`
    mutation DrillUnfriend($userId: ID!) {
  unfriend(userId: $userId) {
    id
  }
}
    `) as unknown as TypedDocumentString<DrillUnfriendMutation, DrillUnfriendMutationVariables>;
export const DrillBlockDocument = new TypedDocumentString(`
    mutation DrillBlock($userId: ID!) {
  blockUser(userId: $userId) {
    id
  }
}
    `) as unknown as TypedDocumentString<DrillBlockMutation, DrillBlockMutationVariables>;
export const DrillUnblockDocument = new TypedDocumentString(`
    mutation DrillUnblock($userId: ID!) {
  unblockUser(userId: $userId) {
    id
  }
}
    `) as unknown as TypedDocumentString<DrillUnblockMutation, DrillUnblockMutationVariables>;
export const DrillPlayDocument = new TypedDocumentString(`
    mutation DrillPlay($gameId: ID!, $deviceId: String!) {
  startPlaySession(gameId: $gameId, deviceId: $deviceId) {
    __typename
    ... on PlaySession {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<DrillPlayMutation, DrillPlayMutationVariables>;
export const DrillStopDocument = new TypedDocumentString(`
    mutation DrillStop($id: ID!) {
  endPlaySession(id: $id) {
    id
  }
}
    `) as unknown as TypedDocumentString<DrillStopMutation, DrillStopMutationVariables>;
export const DrillMessageDocument = new TypedDocumentString(`
    mutation DrillMessage($input: SendMessageInput!) {
  sendMessage(input: $input) {
    __typename
    ... on Message {
      id
    }
  }
}
    `) as unknown as TypedDocumentString<DrillMessageMutation, DrillMessageMutationVariables>;
export const DrillHearDocument = new TypedDocumentString(`
    subscription DrillHear($chatId: ID!) {
  messageAdded(chatId: $chatId) {
    sequence
  }
}
    `) as unknown as TypedDocumentString<DrillHearSubscription, DrillHearSubscriptionVariables>;
export const DrillLookDocument = new TypedDocumentString(`
    query DrillLook($orderId: ID!) {
  me {
    displayName
  }
  order(id: $orderId) {
    gameTitle
    game {
      id
      title
      price {
        base {
          minor
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DrillLookQuery, DrillLookQueryVariables>;
export const DrillTitleOnBuildDocument = new TypedDocumentString(`
    query DrillTitleOnBuild($gameId: ID!) {
  builds(first: 1, filter: {gameId: $gameId}) {
    edges {
      node {
        gameTitle
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DrillTitleOnBuildQuery, DrillTitleOnBuildQueryVariables>;
export const DrillNameDocument = new TypedDocumentString(`
    query DrillName {
  me {
    displayName
  }
}
    `) as unknown as TypedDocumentString<DrillNameQuery, DrillNameQueryVariables>;
export const DrillGameDocument = new TypedDocumentString(`
    query DrillGame($id: ID!) {
  game(id: $id) {
    title
    price {
      base {
        minor
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DrillGameQuery, DrillGameQueryVariables>;
export const DrillFriendshipDocument = new TypedDocumentString(`
    query DrillFriendship($id: ID!) {
  user(id: $id) {
    friendship
  }
}
    `) as unknown as TypedDocumentString<DrillFriendshipQuery, DrillFriendshipQueryVariables>;
export const DrillRevisionDocument = new TypedDocumentString(`
    query DrillRevision($id: ID!) {
  build(id: $id) {
    revision
  }
}
    `) as unknown as TypedDocumentString<DrillRevisionQuery, DrillRevisionQueryVariables>;