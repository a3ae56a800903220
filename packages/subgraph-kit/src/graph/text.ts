import { registerDecorator } from 'class-validator';

// Line breaks and tabs are told apart by `multiline`; the others are never text.
const CONTROL = /[\p{Cc}\u2028\u2029]/u;
const CONTROL_BUT_LINES = /(?![\n\t])[\p{Cc}\u2028\u2029]/u;

export interface TextRule {
  /** In code points, after `tidy`. */
  min?: number;
  max: number;
  multiline?: boolean;
}

/** Text as it is kept: in one Unicode form, without space at its ends. */
export function tidy(text: string): string {
  return text.replaceAll('\r\n', '\n').normalize('NFC').trim();
}

/** What is wrong with a text, in words for its author; undefined when nothing is. */
export function faultOfText(
  value: unknown,
  { min = 1, max, multiline = false }: TextRule,
): string | undefined {
  if (typeof value !== 'string') return 'must be text';
  const text = tidy(value);
  if ((multiline ? CONTROL_BUT_LINES : CONTROL).test(text)) {
    return `must not contain control characters${multiline ? ' other than line breaks' : ' or line breaks'}`;
  }
  const length = [...text].length;
  return length < min || length > max
    ? `must have ${min} to ${max} characters, and has ${length}`
    : undefined;
}

/** A property of an input that holds text for people. */
export function IsPlainText(rule: TextRule): PropertyDecorator {
  return (target, propertyName) =>
    registerDecorator({
      name: 'isPlainText',
      target: target.constructor,
      propertyName: propertyName as string,
      validator: {
        validate: value =>
          value === undefined || value === null || faultOfText(value, rule) === undefined,
        defaultMessage: args => `${args!.property} ${faultOfText(args!.value, rule)}`,
      },
    });
}
