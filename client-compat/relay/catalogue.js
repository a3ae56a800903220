// What a client with Relay has of the catalogue. Only its compiler reads this; the test runs what that writes.
import { graphql } from 'relay-runtime';

export const game = graphql`
  fragment catalogue_game on Game @refetchable(queryName: "catalogueGameRefetchQuery") {
    id
    title
    studio {
      name
    }
  }
`;

export const games = graphql`
  fragment catalogue_games on Query
  @refetchable(queryName: "catalogueGamesRefetchQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 2 }, cursor: { type: "String" }) {
    games(first: $count, after: $cursor) @connection(key: "catalogue_games") {
      edges {
        node {
          ...catalogue_game
        }
      }
    }
  }
`;

export const catalogue = graphql`
  query catalogueQuery {
    ...catalogue_games
  }
`;

export const buildChanged = graphql`
  subscription catalogueBuildSubscription($id: ID!) {
    buildChanged(id: $id) {
      id
      name
    }
  }
`;
