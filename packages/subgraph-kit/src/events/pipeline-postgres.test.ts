import { PostgresBus } from '@gamegraph/event-bus';
import { emptyDatabase } from '@gamegraph/test-support';
import { describePipeline } from './pipeline-suite.js';

let url: string;

describePipeline({
  name: 'a log in PostgreSQL',
  async setUp() {
    url = await emptyDatabase('event_log');
  },
  connect: () => new PostgresBus({ url, log: { warn: () => {} } }),
  async tearDown() {},
});
