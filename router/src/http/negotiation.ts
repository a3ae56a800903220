/** The media types of a response to a GraphQL request. */
export const JSON_TYPE = 'application/json';
export const GRAPHQL_TYPE = 'application/graphql-response+json';

const KNOWN = [JSON_TYPE, GRAPHQL_TYPE];

/**
 * The media type that a client likes best of those we have; undefined when it takes none. JSON is what it gets when it
 * says nothing, or takes anything.
 *
 * @see https://graphql.github.io/graphql-over-http/draft/#sec-Accept and RFC 9110, section 12.5.1
 */
export function negotiate(accept: string | undefined): string | undefined {
  if (accept === undefined || accept.trim() === '') return JSON_TYPE;
  const ranges = accept.split(',').map(range => {
    const [type = '', ...parameters] = range.split(';').map(part => part.trim().toLowerCase());
    const quality = parameters.find(parameter => parameter.startsWith('q='));
    return { type, quality: quality ? Number(quality.slice(2)) : 1 };
  });
  ranges.sort((a, b) => b.quality - a.quality); // stable: what comes first wins
  for (const { type, quality } of ranges) {
    if (!(quality > 0)) continue;
    if (KNOWN.includes(type)) return type;
    if (type === '*/*' || type === 'application/*') return JSON_TYPE;
  }
  return undefined;
}
