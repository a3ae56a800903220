import { Store } from './store.js';

const KEPT_AS = 'gamegraph.session';
const RENEW_BEFORE_MS = 30_000;

/** Somebody who is logged in on this tab. */
export interface Session {
  email: string;
  handle: string;
  accessToken: string;
  accessTokenExpiresAt: string;
  refreshToken: string;
}

const SIGNED_IN = `__typename
  ... on SignedIn { accessToken accessTokenExpiresAt refreshToken user { handle } }
  ... on Refusal { message }`;

export const session = new Store<Session | undefined>(kept());

/** @throws Error with the reason, for the user */
export async function logIn(email: string, password: string): Promise<void> {
  const query = `mutation ($email: String!, $password: String!) { outcome: logIn(email: $email, password: $password) { ${SIGNED_IN} } }`;
  keep(email, await ask(query, { email, password }));
}

export async function logOut(): Promise<void> {
  const token = await freshToken();
  session.set(undefined);
  sessionStorage.removeItem(KEPT_AS);
  if (token) await post({ query: 'mutation { logOut }' }, token);
}

let renewal: Promise<void> | undefined;

/** The access token, renewed when it is about to end; undefined for somebody who is not logged in. */
export async function freshToken(): Promise<string | undefined> {
  const present = session.get();
  if (!present) return undefined;
  const leftMs = Date.parse(present.accessTokenExpiresAt) - Date.now();
  // A refresh token is good for one use: two requests at once must not both use it.
  if (leftMs < RENEW_BEFORE_MS)
    await (renewal ??= renew(present).finally(() => (renewal = undefined)));
  return session.get()?.accessToken;
}

async function renew({ email, refreshToken }: Session): Promise<void> {
  const query = `mutation ($refreshToken: String!) { outcome: refreshSession(refreshToken: $refreshToken) { ${SIGNED_IN} } }`;
  try {
    keep(email, await ask(query, { refreshToken }));
  } catch {
    session.set(undefined);
    sessionStorage.removeItem(KEPT_AS);
  }
}

interface Outcome {
  __typename: string;
  message?: string;
  accessToken: string;
  accessTokenExpiresAt: string;
  refreshToken: string;
  user: { handle: string };
}

async function ask(query: string, variables: object): Promise<Outcome> {
  const { data, errors } = await post({ query, variables });
  if (errors?.[0]) throw new Error(errors[0].message);
  const { outcome } = data as { outcome: Outcome };
  if (outcome.__typename !== 'SignedIn') throw new Error(outcome.message);
  return outcome;
}

interface Request {
  query: string;
  variables?: object;
  operationName?: string;
}

export async function post(request: Request, token?: string) {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(request),
  });
  return (await response.json()) as { data?: unknown; errors?: { message: string }[] };
}

function keep(
  email: string,
  { accessToken, accessTokenExpiresAt, refreshToken, user }: Outcome,
): void {
  const opened = { email, handle: user.handle, accessToken, accessTokenExpiresAt, refreshToken };
  session.set(opened);
  // For this tab alone, and gone with it.
  sessionStorage.setItem(KEPT_AS, JSON.stringify(opened));
}

function kept(): Session | undefined {
  const text = sessionStorage.getItem(KEPT_AS);
  return text ? (JSON.parse(text) as Session) : undefined;
}
