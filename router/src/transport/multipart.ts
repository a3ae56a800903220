/** Clients give a part out when they have read the boundary after it: each part ends with one, and this comes first. */
export const BOUNDARY = '\r\n--graphql';

const HEAD = '\r\ncontent-type: application/json\r\n\r\n';

export function part(json: string): string {
  return `${HEAD}${json}${BOUNDARY}`;
}

export function lastPart(json: string): string {
  return `${HEAD}${json}${BOUNDARY}--\r\n`;
}

export function streamHeaders(contentType: string): Record<string, string> {
  return {
    'content-type': contentType,
    'cache-control': 'private, no-store, no-transform',
    vary: 'accept, authorization, origin',
    'x-accel-buffering': 'no', // nginx would collect the parts otherwise
  };
}
