import { createHash, randomUUID } from 'node:crypto';
import type { GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import type { Consistency } from '../consistency/consistency.js';
import type { SubgraphAnswer } from '../execution/fetch.js';
import { canonicalJson, isObject, type JsonObject } from '../execution/json.js';
import type { Operation, RunOptions } from '../operation/operation.js';
import type { Subscribing, Upstream } from './upstream.js';

const CONCURRENT_EVENTS = 8; // of one topic
const BACKLOG_MAX = 256; // events of one topic that wait for their turn
const SOFT_BUFFER_BYTES = 256 * 1024; // a client over this for SLOW_GRACE_MS is slow
const HARD_BUFFER_BYTES = 4 * 1024 * 1024;
const SLOW_GRACE_MS = 3_000;

/** An event as it leaves: serialised once for all who get it. */
export class Delivery {
  /** What transports make of it, made once: a frame, a part. */
  readonly forms = new Map<string, Buffer>();

  constructor(readonly json: string) {}
}

/** One client's subscription, as its transport sees it. */
export interface Listener {
  next(delivery: Delivery): void;
  error(errors: GraphQLFormattedError[]): void;
  complete(): void;
  /** Bytes that are written, but not sent. */
  bufferedBytes(): number;
  /** The client reads too slowly, and has been left out. */
  giveUp(): void;
}

/** A viewer's request to subscribe. */
export interface SubscribeRequest<Context> extends RunOptions<Context> {
  operation: Operation<Context>;
  variables: JsonObject;
  /** Equal for viewers who may share an answer. */
  scope: string;
  /** What the client has heard, where it goes on from; of all who share the topic, what they have heard since. */
  consistency: Consistency | undefined;
}

export interface HubOptions<Context> {
  upstream: Upstream;
  /** What proves a viewer's subscription to a subgraph. */
  extensions(
    subgraph: string,
    query: string,
    variables: JsonObject,
    context: Context,
    consistency: Consistency | undefined,
  ): JsonObject;
  maxTopics: number;
  maxListeners: number;
  /** Called when clients are about to be told of an event; they are when it is done. */
  beforeDelivery(): Promise<void> | undefined;
  log: Logger;
}

/**
 * Joins clients that subscribe to the same (operation, variables, scope) to one topic: one subscription upstream, and
 * one completion of each event from the other subgraphs, however many they are.
 */
export class Hub<Context> {
  readonly #topics = new Map<string, Topic<Context>>();
  readonly #options: HubOptions<Context>;
  #listenerCount = 0;
  #isDraining = false;

  constructor(options: HubOptions<Context>) {
    this.#options = options;
  }

  get counts(): { topics: number; listeners: number } {
    return { topics: this.#topics.size, listeners: this.#listenerCount };
  }

  /** Returns how to end the subscription from the client's side. Errors go to the listener. */
  subscribe(request: SubscribeRequest<Context>, listener: Listener): () => void {
    const { maxListeners, maxTopics } = this.#options;
    const refuse = (code: string, message: string) => {
      queueMicrotask(() => listener.error([{ message, extensions: { code } }]));
      return () => {};
    };
    if (this.#isDraining)
      return refuse('SUBGRAPH_UNAVAILABLE', 'This router is shutting down. Subscribe again.');
    const source = request.operation.source(request.viewer);
    if (Array.isArray(source)) {
      queueMicrotask(() => listener.error(source));
      return () => {};
    }
    // Who goes on from somewhere is told what others are not: they have a topic of their own.
    const { consistency } = request;
    const goesOn = consistency?.isAsked && consistency.hasPosition(source.node.serviceName);
    const key = goesOn ? randomUUID() : keyOf(request);
    let topic = this.#topics.get(key);
    if (this.#listenerCount >= maxListeners || (!topic && this.#topics.size >= maxTopics)) {
      return refuse('RATE_LIMITED', 'There are too many subscriptions. Try again later.');
    }
    if (!topic) {
      const { query, body } = {
        query: source.node.operation,
        body: source.body(request.variables),
      };
      const { variables } = JSON.parse(body) as { variables: JsonObject };
      const { serviceName, operationName } = source.node;
      const { log, beforeDelivery } = this.#options;
      const own = goesOn ? request : { ...request, consistency: consistency?.anew() };
      const opened = new Topic(own, log, beforeDelivery, () => {
        if (this.#topics.get(key) === opened) this.#topics.delete(key);
      });
      topic = opened;
      this.#topics.set(key, topic);
      topic.open(this.#options.upstream, serviceName, {
        ...{ query, operationName, variables },
        extensions: () =>
          this.#options.extensions(serviceName, query, variables, own.context, own.consistency),
      });
    }
    this.#listenerCount++;
    return topic.join(listener, () => this.#listenerCount--);
  }

  /**
   * The schema has changed: topics whose source asks the same as before go on with the new plan for the rest; the
   * others end, and tell their clients to subscribe again.
   */
  reload(prepareAgain: (operation: Operation<Context>) => Operation<Context> | undefined): void {
    for (const topic of this.#topics.values()) topic.reload(prepareAgain);
  }

  /** Takes no more subscriptions. Transports end those that there are. */
  drain(): void {
    this.#isDraining = true;
  }

  close(): void {
    this.drain();
    for (const topic of [...this.#topics.values()]) topic.close();
  }
}

interface Member {
  listener: Listener;
  left(): void;
  /** Since when it has had more waiting than it should. */
  slowSince: number | undefined;
}

class Topic<Context> {
  readonly #members = new Set<Member>();
  readonly #backlog: { event: SubgraphAnswer; isAfterGap: boolean }[] = [];
  /** Events in work, in the order in which they came: they leave in it. */
  readonly #working: { json?: string; isWhole: boolean }[] = [];
  /** The last event that told all there is, for who joins from now on. */
  #whole: Delivery | undefined;
  #operation: Operation<Context>;
  #stopUpstream: () => void = () => {};
  /** Upstream is over; what is in work still goes out. */
  #ending: { errors?: GraphQLFormattedError[] } | undefined;
  #isClosed = false;

  constructor(
    private readonly request: SubscribeRequest<Context>,
    private readonly log: Logger,
    private readonly beforeDelivery: () => Promise<void> | undefined,
    private readonly onClose: () => void,
  ) {
    this.#operation = request.operation;
  }

  open(upstream: Upstream, subgraph: string, what: Subscribing): void {
    this.#stopUpstream = upstream.subscribe(subgraph, what, {
      // When the connection was made again, the subgraph was told how far this topic had come.
      next: (event, isAfterGap) =>
        this.#push(event, isAfterGap && !this.request.consistency?.hasPosition(subgraph)),
      error: errors => this.#end({ errors }),
      complete: () => this.#end({}),
    });
  }

  join(listener: Listener, left: () => void): () => void {
    const member: Member = { listener, left, slowSince: undefined };
    this.#members.add(member);
    if (this.#whole) queueMicrotask(() => this.#members.has(member) && listener.next(this.#whole!));
    return () => this.#leave(member);
  }

  reload(prepareAgain: (operation: Operation<Context>) => Operation<Context> | undefined): void {
    const next = prepareAgain(this.#operation);
    if (next?.hasSameSource(this.#operation, this.request.viewer)) {
      this.#operation = next;
      return;
    }
    this.#stopUpstream();
    const message = 'The schema has changed, so this subscription has ended. Subscribe again.';
    this.#end({ errors: [{ message, extensions: { code: 'CONFLICT' } }] });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopUpstream();
    this.onClose();
  }

  #push(event: SubgraphAnswer, isAfterGap: boolean): void {
    if (this.#working.length < CONCURRENT_EVENTS) return this.#work(event, isAfterGap);
    const dropped = this.#backlog.length >= BACKLOG_MAX;
    if (dropped) {
      this.#backlog.shift();
      if (this.#backlog[0]) this.#backlog[0].isAfterGap = true;
    }
    this.#backlog.push({ event, isAfterGap });
  }

  /** Events are completed side by side, and delivered in their order. */
  #work(event: SubgraphAnswer, isAfterGap: boolean): void {
    const slot: { json?: string; isWhole: boolean } = { isWhole: isWhole(event) };
    this.#working.push(slot);
    const { variables, viewer, context, fetch, consistency } = this.request;
    const heard = consistency?.hear(event);
    const extensions = {
      ...((isAfterGap || heard?.isAfterGap) && { subscription: { gap: true } }),
      ...heard?.extensions,
    };
    this.#operation
      .runEvent(event, variables, { viewer, context, fetch }, extensions)
      .catch((error: unknown) => {
        this.log.error({ error }, 'an event of a subscription could not be completed');
        return FAILED;
      })
      .then(async json => {
        const others = this.beforeDelivery();
        if (others) await others;
        slot.json = json;
        this.#deliver();
        const next = this.#working.length < CONCURRENT_EVENTS ? this.#backlog.shift() : undefined;
        if (next) this.#work(next.event, next.isAfterGap);
      })
      .catch((error: unknown) => this.log.error({ error }, 'an event of a subscription was lost'));
  }

  #deliver(): void {
    while (this.#working[0]?.json !== undefined) {
      const { json, isWhole: isNewWhole } = this.#working.shift()!;
      const delivery = new Delivery(json!);
      if (isNewWhole) this.#whole = delivery;
      for (const member of this.#members) {
        if (!this.#isTooSlow(member)) {
          member.listener.next(delivery);
          continue;
        }
        this.#leave(member);
        member.listener.giveUp();
      }
    }
    this.#endWhenDone();
  }

  /** A full buffer is normal after a burst: only one that stays full, or grows without bound, is cut. */
  #isTooSlow(member: Member): boolean {
    const bytes = member.listener.bufferedBytes();
    if (bytes <= SOFT_BUFFER_BYTES) {
      member.slowSince = undefined;
      return false;
    }
    member.slowSince ??= Date.now();
    return bytes > HARD_BUFFER_BYTES || Date.now() - member.slowSince > SLOW_GRACE_MS;
  }

  #end(ending: { errors?: GraphQLFormattedError[] }): void {
    if (this.#ending || this.#isClosed) return;
    this.#ending = ending;
    this.onClose(); // who subscribes from now on gets a topic of their own
    this.#endWhenDone();
  }

  #endWhenDone(): void {
    if (!this.#ending || this.#working.length > 0 || this.#backlog.length > 0) return;
    for (const member of [...this.#members]) {
      this.#members.delete(member);
      member.left();
      if (this.#ending.errors) member.listener.error(this.#ending.errors);
      else member.listener.complete();
    }
    this.close();
  }

  #leave(member: Member): void {
    if (!this.#members.delete(member)) return;
    member.left();
    if (this.#members.size === 0) this.close();
  }
}

/** Whether an event tells all there is to know. */
function isWhole({ extensions }: SubgraphAnswer): boolean {
  return isObject(extensions) && extensions.isWhole === true;
}

const FAILED = JSON.stringify({
  errors: [
    { message: 'Something went wrong here.', extensions: { code: 'INTERNAL_SERVER_ERROR' } },
  ],
  data: null,
});

function keyOf<Context>({ operation, variables, scope }: SubscribeRequest<Context>): string {
  const { body } = operation.document.loc!.source;
  const parts = [operation.name ?? '', body, canonicalJson(variables), scope];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}
