import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { Field, InputType, ObjectType, Directive } from 'type-graphql';

// RFC 3339, section 5.6, with a zone: a time without one means another instant to every reader.
const INSTANT = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;
const MINOR_UNITS = /^(0|-?[1-9]\d{0,17})$/;

function readInstant(value: unknown): Date {
  const instant =
    typeof value === 'string' && INSTANT.test(value) ? new Date(value.toUpperCase()) : undefined;
  if (!instant || Number.isNaN(instant.getTime())) {
    throw new GraphQLError(
      'A DateTime is written as RFC 3339 with a zone: "2026-11-21T18:30:00Z".',
      {
        extensions: { code: 'BAD_USER_INPUT' },
      },
    );
  }
  return instant;
}

export const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description:
    'An instant as RFC 3339 writes it, always in UTC on the way out: `2026-11-21T18:30:00.000Z`.',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time',
  serialize: value => (value instanceof Date ? value : new Date(value as string)).toISOString(),
  parseValue: readInstant,
  parseLiteral: node => readInstant(node.kind === Kind.STRING ? node.value : undefined),
});

function readMinorUnits(value: unknown): bigint {
  if (typeof value !== 'string' || !MINOR_UNITS.test(value)) {
    throw new GraphQLError(
      'MinorUnits is a string with a whole number of the smallest unit: "1999" is 19.99 EUR.',
      {
        extensions: { code: 'BAD_USER_INPUT' },
      },
    );
  }
  return BigInt(value);
}

export const MinorUnits = new GraphQLScalarType<bigint, string>({
  name: 'MinorUnits',
  description:
    "An amount of money in the currency's smallest unit, as a string, since it may exceed what a Float holds exactly: " +
    '`"1999"` is 19.99 EUR, and 1999 JPY.',
  serialize: value => String(value),
  parseValue: readMinorUnits,
  parseLiteral: node => readMinorUnits(node.kind === Kind.STRING ? node.value : undefined),
});

/** Any JSON, for what a game's own schema describes: its shape is checked against that, not by GraphQL. */
export const JsonValue = new GraphQLScalarType<unknown, unknown>({
  name: 'JSON',
  description:
    'A JSON value whose shape is described elsewhere, by a schema that belongs to the data.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
});

@ObjectType({ description: 'An amount in a currency. Amounts of different currencies never mix.' })
@Directive('@shareable')
export class Money {
  @Field(() => MinorUnits, { description: "In the currency's smallest unit." })
  minor!: bigint;

  @Field(() => String, { description: 'ISO 4217: `EUR`, `JPY`.' })
  currency!: string;
}

export function money(minor: bigint | string | number, currency: string): Money {
  return Object.assign(new Money(), { minor: BigInt(minor), currency });
}

@InputType({ description: 'An amount in a currency.' })
export class MoneyInput {
  @Field(() => MinorUnits, { description: "In the currency's smallest unit." })
  minor!: bigint;

  @Field(() => String, { description: 'ISO 4217: `EUR`, `JPY`.' })
  currency!: string;
}
