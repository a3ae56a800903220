import {
  Authenticated,
  badInput,
  faultOfText,
  type GraphContext,
  load,
  notFound,
  record,
  requireViewer,
  tidy,
  transact,
  tryUuidOf,
  uuidOf,
} from '@gamegraph/subgraph-kit';
import { LockMode } from '@mikro-orm/postgresql';
import {
  Arg,
  createUnionType,
  Ctx,
  FieldResolver,
  ID,
  Mutation,
  Resolver,
  Root,
} from 'type-graphql';
import { LibraryEntry } from '../entry/entry.entity.js';
import { GameNotOwned } from '../entry/entry.refusals.js';
import { lockEntries } from '../entry/locking.js';
import { Licence } from '../licence/licence.entity.js';
import { PlaySession } from './play-session.entity.js';
import { PlaySessionReport, ReportedPlaySessions } from './play-session.inputs.js';
import { PlaySessionOver } from './play-session.refusals.js';
import { countPlayed, endSessions, lockOpenSessions } from './playtime.js';

const REPORTS_MAX = 100;
const REPORT_MS_MAX = 24 * 60 * 60_000;

const StartPlaySessionResult = createUnionType({
  name: 'StartPlaySessionResult',
  types: () => [PlaySession, GameNotOwned] as const,
});

const BeatPlaySessionResult = createUnionType({
  name: 'BeatPlaySessionResult',
  types: () => [PlaySession, PlaySessionOver] as const,
});

@Resolver(() => PlaySession)
export class PlaySessionResolver {
  @Mutation(() => StartPlaySessionResult, {
    description:
      'Says that the viewer plays a game on a device from now on. Call `beatPlaySession` every 60 seconds. ' +
      'A session of the same game and device that goes on is taken up again.',
  })
  @Authenticated()
  startPlaySession(
    @Arg('gameId', () => ID) gameId: string,
    @Arg('deviceId', () => String, { description: 'By which the app knows the device again.' })
    deviceId: string,
    @Ctx() context: GraphContext,
  ) {
    const { userId } = requireViewer(context);
    const fault = faultOfText(deviceId, { max: 100 });
    if (fault) throw badInput(`deviceId ${fault}.`);
    const where = { userId, gameId: uuidOf('Game', gameId) };
    return transact(context.em, async tx => {
      const at = context.now();
      const [entry] = await lockEntries(tx, where);
      if (!entry?.isOwned) return new GameNotOwned();
      const open = await lockOpenSessions(tx, [entry]);
      const former = open.find(session => session.deviceId === tidy(deviceId));
      if (former && !former.beat(at)) return former; // it goes on, and this was a beat
      if (former) await endSessions(tx, [entry], [former], at);
      await tx.flush(); // the constraint knows one open session of a device at a time
      const session = PlaySession.start(entry, tidy(deviceId), at);
      tx.persist(session);
      record(tx, entry.play(entry.playtimeSeconds, at), at);
      return session;
    });
  }

  @Mutation(() => BeatPlaySessionResult, {
    description:
      'Says that the game is still being played. Expected every 60 seconds: after more than two minutes without, ' +
      'the session has ended at its last beat.',
  })
  @Authenticated()
  beatPlaySession(@Arg('id', () => ID) id: string, @Ctx() context: GraphContext) {
    const where = { id: uuidOf('PlaySession', id), userId: requireViewer(context).userId };
    return transact(context.em, async tx => {
      const session = await tx.findOne(PlaySession, where, {
        lockMode: LockMode.PESSIMISTIC_WRITE,
      });
      if (!session) throw notFound('PlaySession');
      return session.beat(context.now()) ?? session;
    });
  }

  @Mutation(() => PlaySession, {
    description: 'Ends a session, now or at its last beat. One that has ended stays as it is.',
  })
  @Authenticated()
  async endPlaySession(@Arg('id', () => ID) id: string, @Ctx() context: GraphContext) {
    const where = { id: uuidOf('PlaySession', id), userId: requireViewer(context).userId };
    const found = await context.em.findOne(PlaySession, where);
    if (!found) throw notFound('PlaySession');
    return transact(context.em, async tx => {
      const entries = await lockEntries(tx, { id: found.entryId });
      const open = await lockOpenSessions(tx, entries);
      const session = open.find(one => one.id === found.id);
      if (session) await endSessions(tx, entries, [session], context.now());
      return session ?? tx.findOneOrFail(PlaySession, found.id);
    });
  }

  @Mutation(() => ReportedPlaySessions, {
    description:
      `Tells of up to ${REPORTS_MAX} times of playing without a network. What overlaps counts once, so a report may be ` +
      'repeated. Each that cannot be right is named; the others are taken.',
  })
  @Authenticated()
  reportPlaySessions(
    @Arg('sessions', () => [PlaySessionReport]) reports: PlaySessionReport[],
    @Ctx() context: GraphContext,
  ): Promise<ReportedPlaySessions> {
    const { userId } = requireViewer(context);
    if (reports.length > REPORTS_MAX)
      throw badInput(`sessions holds ${REPORTS_MAX} reports at most, and has ${reports.length}.`);
    const games = reports.map(({ gameId }) => tryUuidOf('Game', gameId));
    const gameId = { $in: games.filter(id => id !== undefined) };
    return transact(context.em, async tx => {
      const at = context.now();
      const entries = await lockEntries(tx, { userId, gameId });
      const licences = await tx.find(Licence, { userId, gameId });
      const known = await tx.find(PlaySession, {
        entryId: { $in: entries.map(({ id }) => id) },
        deviceId: null,
        startedAt: { $in: reports.map(({ startedAt }) => startedAt) },
      });
      const taken = new Set(known.map(session => keyOf(session.entryId, session)));
      const rejected: ReportedPlaySessions['rejected'] = [];
      const added: PlaySession[] = [];
      for (const [index, report] of reports.entries()) {
        const ofGame = (one: { gameId: string }) => one.gameId === games[index];
        const message = faultOfReport(report, licences.filter(ofGame), at);
        if (message) rejected.push({ index, message });
        const entry = entries.find(ofGame);
        if (message || !entry || taken.has(keyOf(entry.id, report))) continue;
        const { session, event } = PlaySession.report(entry, report.startedAt, report.endedAt);
        taken.add(keyOf(entry.id, report));
        added.push(session);
        record(tx, event, at);
      }
      tx.persist(added);
      await countPlayed(tx, entries, added, at);
      return { acceptedCount: reports.length - rejected.length, rejected };
    });
  }

  @FieldResolver(() => LibraryEntry, { description: 'The game, as the player has it.' })
  entry(@Root() { entryId }: PlaySession, @Ctx() { em }: GraphContext) {
    return load(em, LibraryEntry, entryId);
  }
}

const keyOf = (entryId: string, times: { startedAt: Date; endedAt: Date | null }) =>
  `${entryId} ${times.startedAt.getTime()} ${times.endedAt?.getTime()}`;

/** What is wrong with a report, given the player's licences for its game. */
function faultOfReport(
  { startedAt, endedAt }: PlaySessionReport,
  licences: Licence[],
  at: Date,
): string | undefined {
  if (endedAt <= startedAt) return 'It ends before it starts.';
  if (endedAt > at) return 'It ends in the future.';
  if (endedAt.getTime() - startedAt.getTime() > REPORT_MS_MAX) return 'It is longer than 24 hours.';
  const covered = licences.some(licence => licence.covers(startedAt, endedAt));
  return covered ? undefined : 'There was no licence for the game at that time.';
}
