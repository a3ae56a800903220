import type { AttributeDefinition, RuleItem, RuleSet } from './rule-set.js';

const SOCKETS_MAX = 30; // each has a bit of a whole number

/** What is wrong with an item, by the definitions of its game. */
export interface ItemFault {
  itemKey: string;
  /** Null when it is about no attribute. */
  attributeKey: string | null;
  message: string;
}

/** What a value must be to be one of the attribute, in words; undefined when it is. */
export function faultOfType(
  value: unknown,
  { type, values }: Pick<AttributeDefinition, 'type' | 'values'>,
): string | undefined {
  switch (type) {
    case 'INTEGER':
      return Number.isSafeInteger(value) ? undefined : 'must be a whole number';
    case 'DECIMAL':
      return Number.isFinite(value) ? undefined : 'must be a number';
    case 'BOOLEAN':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'TEXT':
      return typeof value === 'string' ? undefined : 'must be text';
    case 'ENUM':
      return values.includes(value as string) ? undefined : `must be one of ${values.join(', ')}`;
    case 'LIST':
      return Array.isArray(value) && value.every(one => values.includes(one as string))
        ? undefined
        : `must be a list of some of ${values.join(', ')}`;
  }
}

function faultOfValue(value: unknown, definition: AttributeDefinition): string | undefined {
  const { min, max, unit } = definition;
  const fault = faultOfType(value, definition);
  if (fault) return fault;
  const figure = (number: unknown) => `${String(number)}${unit ? ` ${unit}` : ''}`;
  if (min !== null && (value as number) < min) {
    return `must be at least ${figure(min)}, and is ${figure(value)}`;
  }
  if (max !== null && (value as number) > max) {
    return `must be at most ${figure(max)}, and is ${figure(value)}`;
  }
  return undefined;
}

/** All that is wrong with an item, by the definitions of its game. */
export function faultsOfItem(
  item: Pick<RuleItem, 'key' | 'slots' | 'attributes'>,
  { attributes, slots }: Pick<RuleSet, 'attributes' | 'slots'>,
): ItemFault[] {
  const fault = (attributeKey: string | null, message: string): ItemFault => ({
    itemKey: item.key,
    attributeKey,
    message: `${message}.`,
  });
  const known = new Set(attributes.map(({ key }) => key));
  const places = new Set(slots.map(({ key }) => key));
  const sockets = slots.flatMap(({ socketsOf }) => {
    const list = socketsOf === null ? [] : item.attributes[socketsOf];
    return Array.isArray(list) ? list : [];
  }).length;
  return [
    ...attributes.flatMap(definition => {
      const { key, isRequired } = definition;
      if (!Object.hasOwn(item.attributes, key)) {
        return isRequired ? [fault(key, `${key} is required`)] : [];
      }
      const words = faultOfValue(item.attributes[key], definition);
      return words ? [fault(key, `${key} ${words}`)] : [];
    }),
    ...Object.keys(item.attributes)
      .filter(key => !known.has(key))
      .map(key => fault(key, `There is no attribute ${key}`)),
    ...(sockets > SOCKETS_MAX
      ? [fault(null, `It has ${sockets} sockets, and may have ${SOCKETS_MAX}`)]
      : []),
    ...item.slots
      .filter(key => !places.has(key))
      .map(key => fault(null, `There is no slot ${key}`)),
  ];
}
