/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** An amount in a currency. */
export type MoneyInput = {
  /** ISO 4217: `EUR`, `JPY`. */
  currency: string;
  /** In the currency's smallest unit. */
  minor: string;
};

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

export type TokensFragment = { accessToken: string, accessTokenExpiresAt: string, refreshToken: string };

export type LogInMutationVariables = Exact<{
  email: string;
  password: string;
}>;


export type LogInMutation = { outcome:
    | { __typename: 'AccountLocked', message: string }
    | { __typename: 'AccountSuspended', message: string }
    | { __typename: 'SignedIn', accessToken: string, accessTokenExpiresAt: string, refreshToken: string }
    | { __typename: 'WrongCredentials', message: string }
   };

export type RefreshSessionMutationVariables = Exact<{
  refreshToken: string;
}>;


export type RefreshSessionMutation = { outcome:
    | { __typename: 'AccountSuspended' }
    | { __typename: 'SessionEnded' }
    | { __typename: 'SignedIn', accessToken: string, accessTokenExpiresAt: string, refreshToken: string }
   };

export type LogOutMutationVariables = Exact<{ [key: string]: never; }>;


export type LogOutMutation = { logOut: boolean };

export type HomeQueryVariables = Exact<{
  region?: string | null | undefined;
}>;


export type HomeQuery = { me: { handle: string, wallets: Array<{ currency: string, balance: { minor: string, currency: string } }> | null, library: { totalCount: number, edges: Array<{ node: { id: string, gameTitle: string | null, playtimeSeconds: number } }> } | null, chats: { edges: Array<{ node: { id: string, messages: { edges: Array<{ node: { id: string, text: string | null, authorHandle: string | null, chat: { id: string } } }> } } }> } | null } | null, games: { edges: Array<{ node: { id: string, title: string, price: { final: { minor: string, currency: string } } | null, libraryEntry: { isOwned: boolean } | null } }> } };

export type ChatMessageFragment = { id: string, text: string | null, authorHandle: string | null, chat: { id: string } };

export type QuoteMutationVariables = Exact<{
  gameId: string | number;
  region: string;
}>;


export type QuoteMutation = { outcome:
    | { __typename: 'BaseGameMissing', message: string }
    | { __typename: 'GameNotForSale', message: string }
    | { __typename: 'GameOwnedAlready', message: string }
    | { __typename: 'GiftNotPossible', message: string }
    | { __typename: 'Quote', id: string, amount: { minor: string, currency: string } }
   };

export type PurchaseMutationVariables = Exact<{
  quoteId: string | number;
  idempotencyKey: string;
}>;


export type PurchaseMutation = { outcome:
    | { __typename: 'BaseGameMissing', message: string }
    | { __typename: 'GameNotForSale', message: string }
    | { __typename: 'GameOwnedAlready', message: string }
    | { __typename: 'InsufficientFunds', message: string, missing: { minor: string, currency: string } }
    | { __typename: 'Order', id: string, state: OrderState }
    | { __typename: 'PriceChanged', message: string }
    | { __typename: 'PurchaseUnderWay', message: string }
    | { __typename: 'QuoteExpired', message: string }
    | { __typename: 'VoucherNotValid', message: string }
   };

export type TopUpMutationVariables = Exact<{
  amount: MoneyInput;
  idempotencyKey: string;
}>;


export type TopUpMutation = { outcome:
    | { __typename: 'TopUp', state: TopUpState }
    | { __typename: 'TopUpDeclined', message: string }
   };

export type SayMutationVariables = Exact<{
  chatId: string | number;
  clientId: string | number;
  text: string;
}>;


export type SayMutation = { outcome:
    | { __typename: 'ChatClosed', message: string }
    | { __typename: 'Message' }
   };

export type LibraryChangedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type LibraryChangedSubscription = { libraryChanged: { id: string, gameTitle: string | null, isOwned: boolean } };

export type MessageAddedSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type MessageAddedSubscription = { messageAdded: { id: string, text: string | null, authorHandle: string | null, chat: { id: string } } };

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
export const TokensFragmentDoc = new TypedDocumentString(`
    fragment Tokens on SignedIn {
  accessToken
  accessTokenExpiresAt
  refreshToken
}
    `, {"fragmentName":"Tokens"}) as unknown as TypedDocumentString<TokensFragment, unknown>;
export const ChatMessageFragmentDoc = new TypedDocumentString(`
    fragment ChatMessage on Message {
  id
  text
  authorHandle
  chat {
    id
  }
}
    `, {"fragmentName":"ChatMessage"}) as unknown as TypedDocumentString<ChatMessageFragment, unknown>;
export const LogInDocument = new TypedDocumentString(`
    mutation LogIn($email: String!, $password: String!) {
  outcome: logIn(email: $email, password: $password) {
    __typename
    ...Tokens
    ... on Refusal {
      message
    }
  }
}
    fragment Tokens on SignedIn {
  accessToken
  accessTokenExpiresAt
  refreshToken
}`) as unknown as TypedDocumentString<LogInMutation, LogInMutationVariables>;
export const RefreshSessionDocument = new TypedDocumentString(`
    mutation RefreshSession($refreshToken: String!) {
  outcome: refreshSession(refreshToken: $refreshToken) {
    __typename
    ...Tokens
  }
}
    fragment Tokens on SignedIn {
  accessToken
  accessTokenExpiresAt
  refreshToken
}`) as unknown as TypedDocumentString<RefreshSessionMutation, RefreshSessionMutationVariables>;
export const LogOutDocument = new TypedDocumentString(`
    mutation LogOut {
  logOut
}
    `) as unknown as TypedDocumentString<LogOutMutation, LogOutMutationVariables>;
export const HomeDocument = new TypedDocumentString(`
    query Home($region: String) {
  me {
    handle
    wallets {
      currency
      balance {
        minor
        currency
      }
    }
    library(first: 20, sort: ADDED) {
      totalCount
      edges {
        node {
          id
          gameTitle
          playtimeSeconds
        }
      }
    }
    chats(first: 1) {
      edges {
        node {
          id
          messages(last: 10) {
            edges {
              node {
                ...ChatMessage
              }
            }
          }
        }
      }
    }
  }
  games(first: 10, sort: OWNERS) {
    edges {
      node {
        id
        title
        price(region: $region) {
          final {
            minor
            currency
          }
        }
        libraryEntry {
          isOwned
        }
      }
    }
  }
}
    fragment ChatMessage on Message {
  id
  text
  authorHandle
  chat {
    id
  }
}`) as unknown as TypedDocumentString<HomeQuery, HomeQueryVariables>;
export const QuoteDocument = new TypedDocumentString(`
    mutation Quote($gameId: ID!, $region: String!) {
  outcome: quoteGame(gameId: $gameId, region: $region) {
    __typename
    ... on Quote {
      id
      amount {
        minor
        currency
      }
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<QuoteMutation, QuoteMutationVariables>;
export const PurchaseDocument = new TypedDocumentString(`
    mutation Purchase($quoteId: ID!, $idempotencyKey: String!) {
  outcome: purchaseGame(
    input: {quoteId: $quoteId, idempotencyKey: $idempotencyKey}
  ) {
    __typename
    ... on Order {
      id
      state
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
    `) as unknown as TypedDocumentString<PurchaseMutation, PurchaseMutationVariables>;
export const TopUpDocument = new TypedDocumentString(`
    mutation TopUp($amount: MoneyInput!, $idempotencyKey: String!) {
  outcome: topUpWallet(input: {amount: $amount, idempotencyKey: $idempotencyKey}) {
    __typename
    ... on TopUp {
      state
    }
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<TopUpMutation, TopUpMutationVariables>;
export const SayDocument = new TypedDocumentString(`
    mutation Say($chatId: ID!, $clientId: ID!, $text: String!) {
  outcome: sendMessage(input: {chatId: $chatId, clientId: $clientId, text: $text}) {
    __typename
    ... on Refusal {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SayMutation, SayMutationVariables>;
export const LibraryChangedDocument = new TypedDocumentString(`
    subscription LibraryChanged {
  libraryChanged {
    id
    gameTitle
    isOwned
  }
}
    `) as unknown as TypedDocumentString<LibraryChangedSubscription, LibraryChangedSubscriptionVariables>;
export const MessageAddedDocument = new TypedDocumentString(`
    subscription MessageAdded {
  messageAdded {
    ...ChatMessage
  }
}
    fragment ChatMessage on Message {
  id
  text
  authorHandle
  chat {
    id
  }
}`) as unknown as TypedDocumentString<MessageAddedSubscription, MessageAddedSubscriptionVariables>;