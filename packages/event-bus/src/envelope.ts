import { z } from 'zod';
import type { Message } from './bus.js';

/** One event as CloudEvents 1.0 describes it, with the aggregate's version as the `sequence` extension. */
export interface Envelope {
  /** Unique for ever: the same event has the same id however often it is delivered. */
  id: string;
  /** Who announced it: `/gamegraph/<subgraph>`. */
  source: string;
  type: string;
  /** The aggregate's type, `<subgraph>.<noun>`, which is also the topic. */
  topic: string;
  /** The aggregate's id. */
  subject: string;
  /** The aggregate's version after the event: 1, 2, 3 … without a gap. */
  version: number;
  /** When it happened (RFC 3339, UTC). */
  time: string;
  /** W3C trace context of the request that caused it. */
  traceparent?: string;
  data: unknown;
}

/** A message that is no event of ours: it can never be processed, however often it is tried. */
export class MalformedMessage extends Error {
  override name = 'MalformedMessage';
}

/** PostgreSQL keeps no NUL in a text: an event with one could not even be set aside. */
const Text = z
  .string()
  .min(1)
  .refine(text => !text.includes('\0'), 'There must be no NUL in it.');

const Headers = z.object({
  ce_specversion: z.literal('1.0'),
  ce_id: z.uuid(),
  ce_source: Text,
  ce_type: Text,
  ce_subject: Text,
  ce_time: z.iso.datetime(),
  ce_sequence: z.string().regex(/^[1-9]\d{0,15}$/),
  traceparent: z.string().optional(),
});

/**
 * The event as a message in binary content mode.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 */
export function encode(envelope: Envelope): Message {
  return {
    topic: envelope.topic,
    key: envelope.subject,
    headers: {
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_id: envelope.id,
      ce_source: envelope.source,
      ce_type: envelope.type,
      ce_subject: envelope.subject,
      ce_time: envelope.time,
      ce_sequence: String(envelope.version),
      ...(envelope.traceparent && { traceparent: envelope.traceparent }),
    },
    value: JSON.stringify(envelope.data),
  };
}

/** @throws MalformedMessage when the headers are not those of an event, or the value is no JSON */
export function decode(message: Message): Envelope {
  const headers = Headers.safeParse(message.headers);
  if (!headers.success) throw new MalformedMessage(z.prettifyError(headers.error));
  const { ce_id, ce_source, ce_type, ce_subject, ce_time, ce_sequence, traceparent } = headers.data;
  let data: unknown;
  try {
    data = JSON.parse(message.value ?? '');
  } catch (cause) {
    throw new MalformedMessage('The value is not JSON.', { cause });
  }
  return {
    id: ce_id,
    source: ce_source,
    type: ce_type,
    topic: message.topic,
    subject: ce_subject,
    version: Number(ce_sequence),
    time: ce_time,
    ...(traceparent && { traceparent }),
    data,
  };
}
