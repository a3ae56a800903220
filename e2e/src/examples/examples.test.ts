import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { stepsOf, valuesFor } from '@gamegraph/explorer/steps';
import { ROOT, SCHEMA_DIRECTORY } from '@gamegraph/launcher';
import { until } from '@gamegraph/test-support';
import { buildSchema, type GraphQLFormattedError, parse, validate } from 'graphql';
import {
  LogInDocument,
  MyLibraryDocument,
  OpenChatDocument,
  ReceiptsDocument,
  SomebodyCalledDocument,
  TypedDocumentString,
} from '../gql/graphql.js';
import { as, Client, nodes } from '../person.js';
import { World } from '../world.js';

/** As the explorer gets it of the router. */
interface Example {
  name: string;
  title: string;
  role?: string;
  variables: string;
  document: string;
}

const DIRECTORY = join(ROOT, 'examples');
const FILES = readdirSync(DIRECTORY).filter(file => file.endsWith('.graphql'));
const SCHEMA = buildSchema(readFileSync(join(SCHEMA_DIRECTORY, 'api.graphql'), 'utf8'));

describe('the examples, on the data of the demo', { timeout: 300_000 }, () => {
  const world = new World();
  let examples: Map<string, Example>;

  before(async () => {
    await world.start();
    const seed = join(ROOT, 'packages', 'seed', 'dist', 'main.js');
    await promisify(execFile)(process.execPath, [seed, '--directory', world.directory]);
    await world.settled();
    const response = await fetch(new URL('/explorer/examples.json', world.system.graphqlUrl));
    examples = new Map(((await response.json()) as Example[]).map(one => [one.name, one]));
  });
  after(() => world.stop());

  async function clientOf(role: string | undefined): Promise<Client> {
    if (role === undefined) return world.nobody;
    const account = { email: `${role}@demo`, password: 'demo' };
    const { logIn } = await world.nobody.data(LogInDocument, account);
    return new Client(world.system.graphqlUrl, as('SignedIn', logIn).accessToken);
  }

  /** Takes the steps as the explorer does. Returns the data of each. */
  async function run({ document, variables, role }: Example): Promise<unknown[]> {
    const client = await clientOf(role);
    const values = JSON.parse(variables || '{}') as Record<string, unknown>;
    const steps = stepsOf(parse(document));
    const answers = [];
    for (const [n, { name }] of steps.entries()) {
      const response = await fetch(client.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...client.headers },
        body: JSON.stringify({ query: document, operationName: name!.value, variables: values }),
      });
      const { data, errors } = (await response.json()) as {
        data?: unknown;
        errors?: GraphQLFormattedError[];
      };
      assert.equal(errors, undefined, JSON.stringify(errors));
      Object.assign(values, valuesFor(steps.slice(n + 1), data));
      answers.push(data);
    }
    return answers;
  }

  it('of the README run as it says', async () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const fences = [...readme.matchAll(/^```graphql\n(.*?)^```$/gms)];
    const [logIn, query] = fences.map(([, document]) => ({
      name: 'README',
      title: '',
      document: document!,
      variables: '',
    }));
    const [signedIn] = (await run(logIn!)) as [{ logIn: { user: { handle: string } } }];
    const [answer] = (await run({ ...query!, role: 'player' })) as [
      { me: { handle: string; friends: { edges: unknown[] } } },
    ];
    assert.equal(answer.me.handle, signedIn.logIn.user.handle);
    assert.ok(answer.me.friends.edges.length > 0);
  });

  /** What a stranger does that tells the player something. */
  async function visit(): Promise<void> {
    const player = await clientOf('player');
    const { me } = await player.data(MyLibraryDocument);
    const guest = await world.givenPlayer('guest');
    await world.settled();
    const { userByHandle } = await guest.data(SomebodyCalledDocument, { handle: me!.handle });
    const { openDirectChat } = await guest.data(OpenChatDocument, { friendId: userByHandle!.id });
    await world.say(guest, openDirectChat.chatId, 'Is this seat taken?');
  }

  for (const file of FILES) {
    const name = file.replace('.graphql', '');
    const document = readFileSync(join(DIRECTORY, file), 'utf8');

    it(`${name} fits the schema, and has a title, a remark and named operations`, () => {
      assert.deepEqual(validate(SCHEMA, parse(document)), []);
      assert.match(
        document,
        /^# @title \S.*[.?]\n(# @role \w+\n)?(# @variables {.*}\n)?(# [^@].*\n)+\w/,
      );
      assert.ok(stepsOf(parse(document)).every(step => step.name));
    });

    if (stepsOf(parse(document))[0]!.operation === 'subscription') {
      it(`${name} hears of what happens`, async () => {
        const example = examples.get(name)!;
        const operation = new TypedDocumentString<object, Record<string, never>>(example.document);
        const subscription = await (await clientOf(example.role)).listen(visit, operation);
        subscription.stop();
        assert.ok(isTelling(subscription.events[0]));
      });
    } else {
      it(`${name} has something to tell`, async () => {
        const answers = await run(examples.get(name)!);
        for (const answer of answers) {
          assert.ok(isTelling(answer), JSON.stringify(answer));
          assert.deepEqual(refusalsIn(answer), []);
        }
      });
    }
  }

  it('buy a game that the player did not own', async () => {
    const player = await clientOf('player');
    await until('the order is complete', async () => {
      const { me } = await player.data(ReceiptsDocument);
      const [newest] = me!.wallets!.flatMap(({ transactions }) => nodes(transactions));
      assert.equal(newest!.order?.gameTitle, 'SuperTuxKart');
      assert.notEqual(newest!.order.state, 'REFUSED');
      return newest!.order.state === 'COMPLETED';
    });
  });

  it('say a message once, however often it is sent', async () => {
    const example = examples.get('11-say-something')!;
    const sequences = [await run(example), await run(example)].map(
      answers => Object(answers.at(-1)).sendMessage.sequence,
    );
    assert.equal(sequences[0], sequences[1]);
  });
});

/** Whether each root field has a value, and the first list something in it. */
function isTelling(data: unknown): boolean {
  const firstList = /"edges":\[(.)/.exec(JSON.stringify(data))?.[1];
  return firstList !== ']' && Object.values(data as object).every(value => value !== null);
}

/** The messages of refusals. */
function refusalsIn(data: unknown): unknown[] {
  return Object.values(data as object)
    .map(result => (result as { message?: unknown } | null)?.message)
    .filter(message => message !== undefined);
}
