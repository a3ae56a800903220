import { AnswerError, Gamegraph } from './client.js';
import {
  type ChatMessageFragment,
  HomeDocument,
  type HomeQuery,
  LibraryChangedDocument,
  MessageAddedDocument,
  PurchaseDocument,
  QuoteDocument,
  SayDocument,
  TopUpDocument,
} from './gql/graphql.js';

const REGION = 'DE';
const KEPT_AS = 'gamegraph.tokens';

const element = (id: string) => document.getElementById(id)!;
const status = element('status');
const home = element('home');
const logInForm = element('log-in') as HTMLFormElement;
const sayForm = element('say') as HTMLFormElement;

const graph = new Gamegraph(new URL('/graphql', location.href).href, {
  load: () => JSON.parse(sessionStorage.getItem(KEPT_AS) ?? 'null') ?? undefined,
  save(tokens) {
    if (tokens) sessionStorage.setItem(KEPT_AS, JSON.stringify(tokens));
    else sessionStorage.removeItem(KEPT_AS);
  },
});

/** Runs what a user set off, and tells them what went wrong. */
function attempt(work: () => Promise<string | undefined | void>): void {
  status.textContent = '';
  work().then(
    told => (status.textContent = told ?? ''),
    (error: unknown) => {
      if (!(error instanceof AnswerError)) console.error(error);
      status.textContent = (error as Error).message;
    },
  );
}

async function showHome(): Promise<void> {
  const { me, games } = await graph.ask(HomeDocument, { region: REGION });
  logInForm.hidden = me !== null;
  home.hidden = me === null;
  if (!me) return;
  const money = me.wallets?.map(({ balance }) => words(balance)) ?? [];
  element('who').textContent = [me.handle, ...money].join(' · ');
  element('library').replaceChildren(
    ...(me.library?.edges ?? []).map(({ node }) =>
      line(node.gameTitle ?? '…', `${Math.round(node.playtimeSeconds / 3600)} h`),
    ),
  );
  element('store').replaceChildren(...games.edges.map(({ node }) => offer(node)));
  const chat = me.chats?.edges[0]?.node;
  sayForm.dataset.chat = chat?.id ?? '';
  element('chat').replaceChildren(...(chat?.messages.edges ?? []).map(({ node }) => said(node)));
}

type Game = HomeQuery['games']['edges'][number]['node'];

function offer({ id, title, price, libraryEntry }: Game): HTMLElement {
  const button = document.createElement('button');
  button.textContent = libraryEntry?.isOwned
    ? 'owned'
    : price
      ? words(price.final)
      : 'not for sale';
  button.disabled = libraryEntry?.isOwned === true || !price;
  button.addEventListener('click', () => attempt(() => buy(id)));
  return line(title, button);
}

/** Returns what the user should know of it. The library tells by itself when the game is there. */
async function buy(gameId: string): Promise<string> {
  const { outcome: quote } = await graph.ask(QuoteDocument, { gameId, region: REGION });
  if (quote.__typename !== 'Quote') return quote.message;
  // One quote is one wish to buy: asked twice with its id, the purchase is carried out once.
  const wish = { quoteId: quote.id, idempotencyKey: quote.id };
  let { outcome: order } = await graph.ask(PurchaseDocument, wish);
  if (order.__typename === 'InsufficientFunds') {
    const { minor, currency } = order.missing;
    const amount = { minor, currency };
    if (!confirm(`${order.message} Top up ${words(amount)}?`)) return order.message;
    const { outcome } = await graph.ask(TopUpDocument, { amount, idempotencyKey: quote.id });
    if (outcome.__typename !== 'TopUp') return outcome.message;
    // The refusal belongs to the first key.
    ({ outcome: order } = await graph.ask(PurchaseDocument, {
      ...wish,
      idempotencyKey: `${quote.id}-2`,
    }));
  }
  return order.__typename === 'Order'
    ? 'Bought; it will be in the library in a moment.'
    : order.message;
}

/** Money without rounding: minor units are digits, and stay so. */
function words({ minor, currency }: { minor: string; currency: string }): string {
  const format = new Intl.NumberFormat(undefined, { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits!;
  return format.format(`${minor}E-${digits}` as Intl.StringNumericLiteral);
}

function said({ authorHandle, text }: ChatMessageFragment): HTMLElement {
  return line(authorHandle ?? 'somebody', text ?? 'deleted');
}

function line(...parts: (string | Node)[]): HTMLElement {
  const item = document.createElement('li');
  item.append(...parts.map(part => (typeof part === 'string' ? span(part) : part)));
  return item;
}

function span(text: string): HTMLElement {
  const one = document.createElement('span');
  one.textContent = text; // text of others, never markup
  return one;
}

async function followLibrary(): Promise<void> {
  for await (const { libraryChanged } of graph.follow(LibraryChangedDocument)) {
    await showHome();
    if (libraryChanged.isOwned) status.textContent = `${libraryChanged.gameTitle} is yours.`;
  }
}

async function followChat(): Promise<void> {
  for await (const { messageAdded } of graph.follow(MessageAddedDocument)) {
    if (messageAdded.chat.id === sayForm.dataset.chat) element('chat').append(said(messageAdded));
  }
}

async function begin(): Promise<void> {
  await showHome();
  if (graph.isLoggedIn) for (const follow of [followLibrary, followChat]) attempt(follow);
}

logInForm.addEventListener('submit', event => {
  event.preventDefault();
  const form = new FormData(logInForm);
  attempt(async () => {
    const refusal = await graph.logIn(form.get('email') as string, form.get('password') as string);
    if (refusal === undefined) await begin();
    return refusal;
  });
});

sayForm.addEventListener('submit', event => {
  event.preventDefault();
  const text = new FormData(sayForm).get('text') as string;
  const chatId = sayForm.dataset.chat!;
  sayForm.reset();
  attempt(async () => {
    const { outcome } = await graph.ask(SayDocument, {
      chatId,
      text,
      clientId: crypto.randomUUID(),
    });
    return outcome.__typename === 'Message' ? undefined : outcome.message;
  });
});

element('log-out').addEventListener('click', () =>
  attempt(async () => {
    await graph.logOut();
    await showHome();
  }),
);

attempt(begin);
