import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, it } from 'node:test';
import {
  HearMessagesDocument,
  HearNotificationsDocument,
  MarkEntryDocument,
  OwnEntriesDocument,
  type PresenceStatus,
  ReadUpToDocument,
  RenameBuildDocument,
  SayWhatOneDoesDocument,
  ShowBuildDocument,
  WatchBuildDocument,
  WatchFriendsDocument,
  WatchLibraryDocument,
  WatchOrdersDocument,
} from '../gql/graphql.js';
import { as, nodes, type Person } from '../person.js';
import type { PublishedGame, World } from '../world.js';

/** Each event is selected with fields of other subgraphs than the one that announces it. */
export function subscriptions(world: World): void {
  describe('a subscription through the router', () => {
    /** Ana has Ben for a friend, and knows nothing of Eve, whose friend is Zoe. */
    let ana: Person, ben: Person, eve: Person, zoe: Person;
    let game: PublishedGame;
    let chats: Map<Person, string>;
    before(async () => {
      ana = await world.givenPlayer('ana', { region: 'FR' });
      ben = await world.givenPlayer('ben', { region: 'DE' });
      eve = await world.givenPlayer('eve', { region: 'JP' });
      zoe = await world.givenPlayer('zoe', { region: 'PE' });
      await world.givenFriends(ana, ben);
      await world.givenFriends(eve, zoe);
      const studio = await world.givenStudio();
      game = await world.givenGame(studio, { hasItems: true });
      await world.settled();
      for (const player of [ana, eve]) await world.givenLicence(player, game);
      chats = new Map([
        [ana, await world.givenChat(ana, ben)],
        [eve, await world.givenChat(eve, zoe)],
      ]);
    });

    const friendOf = (player: Person) => (player === ana ? ben : zoe);
    const chatOf = (player: Person) => chats.get(player)!;
    const studioName = () => `Studio ${game.studio.founder.handle}`;

    it('tells of each message of a chat, and only its members', async () => {
      const chatId = chatOf(ana);
      const poke = () => world.say(ben, chatId, 'Are you there?');
      const hers = await ana.listen(poke, HearMessagesDocument, { chatId });
      await world.say(ben, chatId, 'Good game!');
      const { messageAdded } = await hers.told('Ben’s words', event => isSaid(event, 'Good game!'));
      assert.deepEqual(messageAdded, {
        ...{ text: 'Good game!', authorHandle: ben.handle },
        author: { handle: ben.handle, region: 'DE' },
        chat: { kind: 'DIRECT' },
      });
      hers.stop();

      assert.equal(await eve.subscribe(HearMessagesDocument, { chatId }).refusal(), 'NOT_FOUND');
      const nobodys = world.nobody.subscribe(HearMessagesDocument, { chatId });
      assert.equal(await nobodys.refusal(), 'UNAUTHENTICATED');
    });

    it('tells of all messages to somebody, and of none to others', async () => {
      const poke = (player: Person) => () =>
        world.say(friendOf(player), chatOf(player), 'Are you there?');
      const hers = await ana.listen(poke(ana), HearMessagesDocument);
      const strangers = await eve.listen(poke(eve), HearMessagesDocument);
      await world.say(ben, chatOf(ana), 'A secret');
      await hers.told('the secret', event => isSaid(event, 'A secret'));
      await world.say(zoe, chatOf(eve), 'The weather');
      await strangers.told('the weather', event => isSaid(event, 'The weather'));
      for (const { messageAdded } of strangers.events)
        assert.equal(messageAdded.authorHandle, zoe.handle);
      for (const each of [hers, strangers]) each.stop();
    });

    it('tells of each change of a build, for as long as one may see it', async () => {
      let { id, revision } = await world.givenBuild(ana, game, 'Build');
      const rename = async (name: string) => {
        const { saveBuild } = await ana.data(RenameBuildDocument, { id, revision, name });
        ({ revision } = as('Build', saveBuild));
      };
      const poke = () => rename('Is anybody there?');
      const everybodys = await world.nobody.listen(poke, WatchBuildDocument, { id });
      const hers = await ana.listen(poke, WatchBuildDocument, { id });
      await rename('Strength Build');
      const isNamed = (name: string) => (event: { buildChanged: { name: string } }) =>
        event.buildChanged.name === name;
      const { buildChanged } = await everybodys.told('the new name', isNamed('Strength Build'));
      assert.deepEqual(buildChanged, {
        ...{ name: 'Strength Build', visibility: 'PUBLIC' },
        game: { title: game.title, studio: { name: studioName() } },
        author: { handle: ana.handle, region: 'FR' },
        items: [{ item: { name: 'Great Sword' } }, { item: { name: 'Ring of Favour' } }],
      });

      await ana.data(ShowBuildDocument, { id, visibility: 'PRIVATE' });
      await rename('Secret Build');
      await hers.told('the secret name', isNamed('Secret Build'));
      await rename('Shown again');
      await ana.data(ShowBuildDocument, { id, visibility: 'PUBLIC' });
      await everybodys.told('it is shown again', isNamed('Shown again'));
      assert.ok(!everybodys.events.some(isNamed('Secret Build')));
      for (const each of [hers, everybodys]) each.stop();

      const secret = await world.givenBuild(ana, game, 'Secret', 'PRIVATE');
      const strangers = eve.subscribe(WatchBuildDocument, { id: secret.id });
      assert.equal(await strangers.refusal(), 'NOT_FOUND');
    });

    it('tells buyers, and nobody else, how far their orders are', async () => {
      // Nobody buys a game twice, so each order is of another.
      const order = (player: Person) => async () => {
        const freeGame = await world.givenGame(game.studio, { minor: '0' });
        await world.settled();
        return world.order(player, freeGame);
      };
      const hers = await ana.listen(order(ana), WatchOrdersDocument);
      const strangers = await eve.listen(order(eve), WatchOrdersDocument);
      const { orderChanged } = await hers.told(
        'the purchase is complete',
        event => event.orderChanged.state === 'COMPLETED',
      );
      const { id, ...rest } = orderChanged;
      const { title } = rest.game;
      assert.match(title, /^Game \d+$/);
      assert.deepEqual(rest, {
        state: 'COMPLETED',
        buyer: { handle: ana.handle, region: 'FR' },
        game: { title, libraryEntry: { isOwned: true } },
      });
      const last = await order(eve)();
      await strangers.told('their own', event => event.orderChanged.id === last);
      for (const event of strangers.events)
        assert.equal(event.orderChanged.buyer.handle, eve.handle);
      for (const each of [hers, strangers]) each.stop();

      assert.equal(await eve.subscribe(WatchOrdersDocument, { id }).refusal(), 'NOT_FOUND');
    });

    it('tells friends, and nobody else, who is there and what they play', async () => {
      const connections = new Map([ben, zoe].map(friend => [friend, randomUUID()]));
      const report = (friend: Person, status: PresenceStatus, gameId: string | null = null) => {
        const input = { connectionId: connections.get(friend)!, status, gameId };
        return friend.data(SayWhatOneDoesDocument, { input });
      };
      let count = 0;
      const poke = (friend: Person) => () => report(friend, ++count % 2 ? 'AWAY' : 'BUSY');
      const hers = await ana.listen(poke(ben), WatchFriendsDocument);
      const strangers = await eve.listen(poke(zoe), WatchFriendsDocument);
      await report(ben, 'ONLINE', game.id);
      const isOnline = (event: { presenceChanged: { presence: { status: string } } }) =>
        event.presenceChanged.presence.status === 'ONLINE';
      assert.deepEqual((await hers.told('Ben is there', isOnline)).presenceChanged, {
        user: { handle: ben.handle, region: 'DE' },
        presence: { status: 'ONLINE', game: { title: game.title } },
      });
      await report(zoe, 'ONLINE');
      await strangers.told('Zoe is there', isOnline);
      for (const { presenceChanged } of strangers.events)
        assert.equal(presenceChanged.user.handle, zoe.handle);
      for (const each of [hers, strangers]) each.stop();
    });

    it('tells of notifications to whom they are for', async () => {
      // Where all is read, the next message is worth a notification.
      const notify = (player: Person) => async () => {
        const chatId = chatOf(player);
        const { sequence } = await world.say(friendOf(player), chatId, 'Read this');
        await player.data(ReadUpToDocument, { chatId, sequence });
      };
      const hers = await ana.listen(notify(ana), HearNotificationsDocument);
      const strangers = await eve.listen(notify(eve), HearNotificationsDocument);
      assert.deepEqual(hers.events[0]!.notificationAdded, {
        kind: 'MESSAGE',
        ...{ actor: { handle: ben.handle, region: 'DE' }, chat: { id: chatOf(ana) } },
      });
      await hers.pokeUntilTold(notify(ana));
      await strangers.pokeUntilTold(notify(eve));
      for (const { notificationAdded } of strangers.events)
        assert.equal(notificationAdded.actor!.handle, zoe.handle);
      for (const each of [hers, strangers]) each.stop();
      const nobodys = world.nobody.subscribe(HearNotificationsDocument);
      assert.equal(await nobodys.refusal(), 'UNAUTHENTICATED');
    });

    it('goes on from the token of an event, with what was missed and before what comes', async () => {
      const chatId = chatOf(ana);
      const poke = () => world.say(ben, chatId, 'Are you there?');
      const hers = await ana.listen(poke, HearMessagesDocument, { chatId });
      await world.say(ben, chatId, 'The last that she hears');
      await hers.told('it', event => isSaid(event, 'The last that she hears'));
      const { token } = hers;
      hers.stop();
      const others = await ana.listen(poke, HearMessagesDocument, { chatId });
      const missed = ['One', 'Two', 'Three'];
      for (const text of missed) await world.say(ben, chatId, text);
      await others.told('the third', event => isSaid(event, 'Three'));
      const before_ = others.events.length;

      const again = ana.resume(token, HearMessagesDocument, { chatId });
      await again.told('what she has missed', event => isSaid(event, 'Three'));
      await world.say(ben, chatId, 'Four');
      for (const each of [again, others])
        await each.told('what comes', event => isSaid(event, 'Four'));
      const texts = again.events.map(({ messageAdded }) => messageAdded.text);
      assert.deepEqual(
        texts.filter(text => text !== 'Are you there?'),
        [...missed, 'Four'],
      );
      assert.equal(others.events.length, before_ + 1, 'nobody else is told again');
      for (const each of [again, others]) each.stop();

      const strangers = eve.resume(token, HearMessagesDocument, { chatId });
      assert.equal(await strangers.refusal(), 'NOT_FOUND');
    });

    it('tells who goes on the present state of what has changed several times', async () => {
      let { id, revision } = await world.givenBuild(ana, game, 'Build');
      const rename = async (name: string) => {
        const { saveBuild } = await ana.data(RenameBuildDocument, { id, revision, name });
        ({ revision } = as('Build', saveBuild));
      };
      const hers = await ana.listen(() => rename('Anybody?'), WatchBuildDocument, { id });
      await rename('Known');
      await hers.told('it', ({ buildChanged }) => buildChanged.name === 'Known');
      const { token } = hers;
      hers.stop();
      for (const name of ['One', 'Two', 'Three']) await rename(name);
      await world.settled(); // the relay has announced them all
      const again = ana.resume(token, WatchBuildDocument, { id });
      await again.told('the last', ({ buildChanged }) => buildChanged.name === 'Three');
      await rename('Four');
      await again.told('what comes', ({ buildChanged }) => buildChanged.name === 'Four');
      const names = again.events.map(({ buildChanged }) => buildChanged.name);
      assert.deepEqual(names, ['Three', 'Four']);
      again.stop();

      const stream = await fetch(ana.url, {
        method: 'POST',
        headers: {
          ...{ 'content-type': 'application/json', accept: 'text/event-stream' },
          ...{ ...ana.headers, 'x-consistency-token': token },
        },
        body: JSON.stringify({ query: WatchBuildDocument.toString(), variables: { id } }),
      });
      const texts = stream.body!.pipeThrough(new TextDecoderStream());
      let told = '';
      for await (const text of texts) {
        told += text;
        if (told.includes('Four')) break;
      }
      assert.match(told, /"name":"Four".*"token":"/s, 'the same in a stream over HTTP');

      const skip = `SELECT setval('events.archive_position', last_value + 10000) FROM events.archive_position`;
      await world.sql('builds', client => client.query(skip));
      const late = ana.resume(token, WatchBuildDocument, { id });
      await late.pokeUntilTold(() => rename('Much later'));
      assert.deepEqual(late.extensions[0]!.subscription, { gap: true }, 'too much was missed');
      late.stop();
    });

    it('misses nothing when its subgraph was started again', async () => {
      const chatId = chatOf(ana);
      const hers = await ana.listen(
        () => world.say(ben, chatId, 'Are you there?'),
        HearMessagesDocument,
        { chatId },
      );
      await world.say(ben, chatId, 'Before');
      await hers.told('it', event => isSaid(event, 'Before'));
      await world.system.service('social').kill();
      await world.system.startSubgraph('social');
      const said = ['As soon', 'as it is', 'there again'];
      for (const text of said) await world.say(ben, chatId, text);
      await hers.told('the last', event => isSaid(event, said.at(-1)!));
      const texts = hers.events.map(({ messageAdded }) => messageAdded.text);
      assert.deepEqual(texts.slice(texts.indexOf('Before') + 1), said);
      assert.deepEqual(
        hers.extensions.filter(extensions => extensions?.subscription),
        [],
      );
      hers.stop();
    });

    it('tells of one’s own library, and goes on when router and subgraph were started again', async () => {
      let isFavorite = false;
      const mark = (player: Person) => async () => {
        const entries = nodes((await player.data(OwnEntriesDocument)).me!.library);
        const { id: entryId } = entries.find(({ gameTitle }) => gameTitle === game.title)!;
        isFavorite = !isFavorite;
        await player.data(MarkEntryDocument, { entryId, isFavorite });
      };
      const hers = await ana.listen(mark(ana), WatchLibraryDocument);
      const strangers = await eve.listen(mark(eve), WatchLibraryDocument);
      await hers.pokeUntilTold(mark(ana));
      const { libraryChanged } = hers.events.at(-1)!;
      assert.deepEqual(libraryChanged, {
        isFavorite: libraryChanged.isFavorite,
        user: { handle: ana.handle },
        game: { title: game.title, studio: { name: studioName() } },
      });
      await strangers.pokeUntilTold(mark(eve));
      for (const event of strangers.events)
        assert.equal(event.libraryChanged.user.handle, eve.handle);
      strangers.stop();

      const { system } = world;
      await system.service('library').kill();
      await system.startSubgraph('library');
      await hers.pokeUntilTold(mark(ana));
      assert.deepEqual(
        hers.extensions.filter(extensions => extensions?.subscription),
        [{ subscription: { gap: true } }],
        'says once that something may be missing: a mark has no version to go on from',
      );

      await system.service('router').stop();
      await system.startRouter();
      await hers.pokeUntilTold(mark(ana));
      hers.stop();
    });
  });
}

function isSaid({ messageAdded }: { messageAdded: { text: string | null } }, text: string) {
  return messageAdded.text === text;
}
