// Must come first: it tells Monaco where its workers are.
import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import './page.css';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { examplesPlugin } from './examples.js';
import { fetcher } from './fetcher.js';
import { SessionBadge, sessionPlugin } from './session-panel.js';
import { tablePlugin } from './table-panel.js';

const FIRST_QUERY = `# Welcome to Gamegraph. To the left:
# the schema, fields to tick, examples,
# demo accounts, and answers as tables.
query MostOwnedGames {
  games(first: 5, sort: OWNERS) {
    totalCount
    edges {
      node {
        title
        ownersCount
        buildsCount
      }
    }
  }
}
`;

// Naming any plugins leaves out GraphiQL's own: history is named again.
const plugins = [
  HISTORY_PLUGIN,
  explorerPlugin({ showAttribution: false }),
  examplesPlugin,
  sessionPlugin,
  tablePlugin,
];

createRoot(document.getElementById('explorer')!).render(
  <GraphiQL
    fetcher={fetcher}
    plugins={plugins}
    initialQuery={FIRST_QUERY}
    visiblePlugin="Examples"
    defaultEditorToolsVisibility="variables"
  >
    <GraphiQL.Logo>
      <SessionBadge />
      Gamegraph
    </GraphiQL.Logo>
  </GraphiQL>,
);
