import { type AddressInfo, createServer } from 'node:net';
import { graphql } from 'graphql';
import { answer } from '../helper.js';
import { MessageReader, ok } from './http-message.js';
import { STAGES } from './stages.js';

/** What may be asked of the subgraphs: to play a stage, or how many requests they have had. */
export type Question = { stage: keyof typeof STAGES } | 'requests';

let requests = 0;

answer(async (question: Question): Promise<string | number> =>
  question === 'requests' ? requests : play(question.stage),
);

/**
 * Serves a stage's subgraphs, and returns where. What was answered once is answered again from memory, so that the router
 * has most of the work, whatever text its planner writes.
 */
async function play(name: keyof typeof STAGES): Promise<string> {
  const { subgraphs, isRepeated } = STAGES[name]();
  const answers = new Map<string, Buffer>();
  const execute = async (subgraph: string, body: string): Promise<Buffer> => {
    const { query, variables } = JSON.parse(body) as { query: string; variables?: object };
    const schema = subgraphs.get(subgraph)!;
    const result = await graphql({ schema, source: query, variableValues: { ...variables } });
    return ok(JSON.stringify(result));
  };
  const server = createServer({ noDelay: true }, socket => {
    const reader = new MessageReader((head, body) => {
      requests++;
      const subgraph = head.slice('POST /'.length, head.indexOf(' ', 'POST /'.length));
      const text = body.toString();
      const key = subgraph + text;
      const known = answers.get(key);
      if (known) return void socket.write(known);
      void execute(subgraph, text).then(bytes => {
        if (isRepeated) answers.set(key, bytes);
        socket.write(bytes);
      });
    });
    socket.on('data', chunk => reader.read(chunk)).on('error', () => {});
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
