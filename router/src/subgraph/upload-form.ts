import type { Upload } from '../core.js';
import type { JsonObject } from '../execution/json.js';

/**
 * A request to a subgraph with the files that belong to its variables; undefined when none does.
 *
 * @see https://github.com/jaydenseric/graphql-multipart-request-spec
 */
export async function formOf(
  body: string,
  uploads: Upload[],
): Promise<{ contentType: string; bytes: Buffer } | undefined> {
  const { variables } = JSON.parse(body) as { variables: JsonObject };
  const form = new FormData();
  const map: Record<string, string[]> = {};
  for (const [n, { places }] of uploads.entries()) {
    const own = places.filter(([name]) => Object.hasOwn(variables, name!));
    if (own.length > 0) map[n] = own.map(place => ['variables', ...place].join('.'));
  }
  const keys = Object.keys(map);
  if (keys.length === 0) return undefined;
  form.append('operations', body);
  form.append('map', JSON.stringify(map));
  for (const key of keys) {
    const { name, mediaType, bytes } = uploads[Number(key)]!;
    form.append(key, new File([new Uint8Array(bytes)], name, { type: mediaType }));
  }
  const encoded = new Response(form);
  return {
    contentType: encoded.headers.get('content-type')!,
    bytes: Buffer.from(await encoded.arrayBuffer()),
  };
}
