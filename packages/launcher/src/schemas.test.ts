import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { Ajv, type AnySchema } from 'ajv';
import formats from 'ajv-formats';
import { parse } from 'yaml';
import { renderAsyncApi } from './schemas.js';

const require = createRequire(import.meta.url);

interface Document {
  channels: Record<string, { messages: Record<string, { $ref: string }> }>;
  components: { messages: Record<string, { payload: object }>; schemas: Record<string, AnySchema> };
}

describe('the event contracts as AsyncAPI', () => {
  const document = parse(renderAsyncApi()) as Document;

  it('are a valid document of AsyncAPI 3.0', () => {
    const specification = require('@asyncapi/specs/schemas/3.0.0-without-$id.json') as AnySchema;
    const ajv = new Ajv({ strict: false, allErrors: true });
    formats.default(ajv);
    const validate = ajv.compile(specification);
    assert.ok(validate(document), ajv.errorsText(validate.errors?.slice(0, 5)));
  });

  it('have a channel for each topic, whose messages and states are all there', () => {
    const topics = Object.keys(document.channels);
    assert.ok(topics.includes('users.user') && topics.includes('payments.order'), topics.join());
    for (const [topic, { messages }] of Object.entries(document.channels)) {
      assert.ok(document.components.schemas[topic], topic);
      for (const name of Object.keys(messages)) assert.ok(document.components.messages[name], name);
    }
  });

  it('describe payloads by JSON schemas that can be compiled', () => {
    const ajv = new Ajv({ strict: false });
    formats.default(ajv);
    for (const schema of Object.values(document.components.schemas)) ajv.compile(schema);
  });
});
