import { ask } from './graphql.js';

/** Something that clients ask, with what they ask it of. */
export interface Operation {
  name: string;
  query: string;
  /** One for each request of a round. */
  variables: object[];
  /** The demo account that asks; nobody when not given. */
  by?: 'player' | 'analyst';
}

const TYPENAME = '{ __typename }';

const ME = 'query Me { me { handle } }';

const AFTER_PURCHASE = `query AfterPurchase {
  me {
    library(first: 10, sort: ADDED) {
      totalCount
      edges { node { gameTitle gameCoverUrl isOwned addedAt game { id slug coverUrl studio { name } } } }
    }
    orders(first: 5) {
      edges {
        node {
          id state createdAt amount { minor currency } buyerHandle gameTitle
          transactions { kind at amount { minor currency } }
        }
      }
    }
    wallets { currency balance { minor } held { minor } }
  }
  feed(first: 10) { edges { node { kind at userHandle gameTitle user { displayName avatarUrl } } } }
}`;

const FRIENDS = `query Friends {
  me {
    friends(first: 20) {
      totalCount
      edges {
        since
        node {
          id handle displayName avatarUrl
          presence { status gameTitle }
          library(first: 5, sort: PLAYTIME) {
            totalCount
            edges { node { gameTitle playtimeSeconds game { id slug coverUrl } } }
          }
          builds(first: 3) {
            totalCount
            edges { node { id name gameTitle items { slot name } stats { name value } } }
          }
        }
      }
    }
  }
}`;

const BUILD = `query Build($id: ID!) {
  build(id: $id) {
    name revision dataVersion needsReview isOutdated likesCount
    game { title slug coverUrl }
    author { handle displayName avatarUrl }
    items {
      slot position name category
      attributes { name unit value pinnedValue isChanged }
      item { id key }
    }
    stats { name unit value problem }
    violations { message }
  }
}`;

const HANDLES = `query Handles {
  feed(first: 20) { edges { node { kind at userHandle gameTitle } } }
  me {
    chats(first: 3) {
      edges {
        node {
          name unreadCount
          messages(last: 20) { edges { node { sequence text sentAt authorHandle authorAvatarUrl } } }
        }
      }
    }
    orders(first: 10) { edges { node { state createdAt buyerHandle gameTitle } } }
    builds(first: 10) { edges { node { name authorHandle gameTitle } } }
  }
}`;

const ANALYST = `query Analyst($after: String) {
  games(first: 20, after: $after, sort: OWNERS) {
    totalCount
    pageInfo { endCursor hasNextPage }
    edges { node { title ownersCount buildsCount studio { name } } }
  }
  buildsByRegion(first: 20) {
    totalCount
    edges { node { region buildsCount authorsCount likesCount } }
  }
}`;

/** The queries of the product's five stories. */
export const STORIES = [AFTER_PURCHASE, FRIENDS, BUILD, HANDLES, ANALYST];

/** The same with what they are asked of, and two that are as small as can be. */
export async function operations(url: string): Promise<Operation[]> {
  const { builds, games } = await ask<{
    builds: { edges: { node: { id: string } }[] };
    games: { pageInfo: { endCursor: string } };
  }>(url, {
    query: `{
      builds(first: 50) { edges { node { id } } }
      games(first: 20, sort: OWNERS) { pageInfo { endCursor } }
    }`,
    variables: {},
  });
  const buildIds = builds.edges.map(({ node: { id } }) => ({ id }));
  const pages = [{}, { after: games.pageInfo.endCursor }];
  return [
    { name: '`{ __typename }`', query: TYPENAME, variables: [{}] },
    { name: '`{ me { handle } }`', query: ME, variables: [{}], by: 'player' },
    {
      name: '1 bought: library, receipt, feed',
      query: AFTER_PURCHASE,
      variables: [{}],
      by: 'player',
    },
    { name: '2 friends: games, builds, presence', query: FRIENDS, variables: [{}], by: 'player' },
    { name: '3 build: items, stats, flag', query: BUILD, variables: buildIds, by: 'player' },
    { name: '4 handles: feed, chats, orders', query: HANDLES, variables: [{}], by: 'player' },
    { name: '5 analyst: top games, regions', query: ANALYST, variables: pages, by: 'analyst' },
  ];
}
