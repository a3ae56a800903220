/** A GraphQL request as it goes over the wire. */
export interface Request {
  query: string;
  variables: object;
  extensions?: object;
  /** The access token, unless nobody asks. */
  token?: string | undefined;
}

/** Asks as a client. @throws Error with what was wrong */
export async function ask<Data>(url: string, { token, ...body }: Request): Promise<Data> {
  const response = await fetch(url, {
    method: 'POST',
    headers: headersOf(token),
    body: JSON.stringify(body),
  });
  const { data, errors } = (await response.json()) as { data: Data; errors?: object[] };
  if (errors) throw new Error(`${body.query}\n${JSON.stringify(errors, null, 2)}`);
  return data;
}

export function headersOf(token: string | undefined): Record<string, string> {
  return {
    'content-type': 'application/json',
    ...(token && { authorization: `Bearer ${token}` }),
  };
}

/** An access token of a demo account. It lasts for minutes. */
export async function logIn(url: string, account: 'player' | 'analyst'): Promise<string> {
  const { logIn: signedIn } = await ask<{ logIn: { accessToken: string } }>(url, {
    query: `mutation ($email: String!) {
      logIn(email: $email, password: "demo") { ... on SignedIn { accessToken } }
    }`,
    variables: { email: `${account}@demo` },
  });
  return signedIn.accessToken;
}
