/**
 * The forms that an answer can have. `json` and `graphql` are one body; `sse` and `multipart` are streams of results,
 * `defer` and `incremental` of the parts of one.
 */
export type Form = 'json' | 'graphql' | 'sse' | 'multipart' | 'defer' | 'incremental';

export const MEDIA_TYPES = {
  json: 'application/json',
  graphql: 'application/graphql-response+json',
};

/**
 * The forms that a client takes, best first: by quality, then as it lists them. JSON is what it gets when it says
 * nothing, or takes anything.
 *
 * @see https://graphql.github.io/graphql-over-http/draft/#sec-Accept and RFC 9110, section 12.5.1
 */
export function formsOf(accept: string | undefined): Form[] {
  if (accept === undefined || accept.trim() === '') return ['json'];
  const ranges = accept.split(',').map(range => {
    const [type = '', ...parameters] = range
      .toLowerCase()
      .replaceAll('"', '')
      .split(';')
      .map(part => part.trim());
    const quality = parameters.find(parameter => parameter.startsWith('q='));
    return { type, parameters, quality: quality ? Number(quality.slice(2)) : 1 };
  });
  ranges.sort((a, b) => b.quality - a.quality); // stable: what comes first wins
  return ranges.flatMap(({ type, parameters, quality }) =>
    quality > 0 ? (formOf(type, parameters) ?? []) : [],
  );
}

function formOf(type: string, parameters: string[]): Form | undefined {
  switch (type) {
    case '*/*':
    case 'application/*':
    case MEDIA_TYPES.json:
      return 'json';
    case MEDIA_TYPES.graphql:
      return 'graphql';
    case 'text/event-stream':
      return 'sse';
    case 'multipart/mixed':
      // Without a parameter it means another protocol, or none: urql breaks on the heartbeats of Apollo's.
      if (parameters.includes('subscriptionspec=1.0')) return 'multipart';
      if (parameters.includes('deferspec=20220824')) return 'defer';
      return parameters.includes('incrementalspec=v0.2') ? 'incremental' : undefined;
    default:
      return undefined;
  }
}
