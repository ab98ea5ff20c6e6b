import { SelectorError } from './selector-parser.ts';

/** One condition of a field selector. */
export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** How a field selector reads the fields of an object: a field that is not set reads as the empty string. */
export type FieldGetter = (field: string) => string | undefined;

/** Conditions on fields that must all hold (fields.Selector). Immutable. */
export class FieldSelector {
  readonly requirements: readonly FieldRequirement[];

  constructor(requirements: readonly FieldRequirement[]) {
    this.requirements = requirements;
  }

  matches(get: FieldGetter): boolean {
    return this.requirements.every(
      ({ field, operator, value }) => ((get(field) ?? '') === value) === (operator === '='),
    );
  }

  isEmpty(): boolean {
    return this.requirements.length === 0;
  }

  /** The value that the field must have, if the selector says so (RequiresExactMatch). */
  requiresExactMatch(field: string): string | undefined {
    return this.requirements.find((requirement) => requirement.field === field && requirement.operator === '=')?.value;
  }

  /** `spec.nodeName=x,status.phase!=Running`, with escapes (fields.Selector.String). */
  toString(): string {
    return this.requirements.map(({ field, operator, value }) => `${field}${operator}${escapeValue(value)}`).join(',');
  }
}

/** Escapes what separates the terms of a field selector (fields.EscapeValue). */
export function escapeValue(value: string): string {
  return value.replace(/[\\,=]/g, '\\$&');
}

function unescapeValue(value: string): string {
  let text = '';
  for (let index = 0; index < value.length; index++) {
    const character = value[index]!;
    if (character === '\\') {
      const next = value[++index];
      if (next === undefined) throw new SelectorError('invalid field selector: invalid escape sequence: \\');
      if (!'\\,='.includes(next)) throw new SelectorError(`invalid field selector: invalid escape sequence: \\${next}`);
      text += next;
    } else if (character === ',' || character === '=') {
      throw new SelectorError(`invalid field selector: unescaped character in value: ${character.charCodeAt(0)}`);
    } else {
      text += character;
    }
  }
  return text;
}

function splitTerms(selector: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let index = 0; index < selector.length; index++) {
    if (selector[index] === '\\') index++;
    else if (selector[index] === ',') {
      terms.push(selector.slice(start, index));
      start = index + 1;
    }
  }
  terms.push(selector.slice(start));
  return terms;
}

const term = /^(.*?)(!=|==|=)(.*)$/s;

/** Parses `spec.nodeName=x,status.phase!=Running` (fields.ParseSelector); throws a SelectorError with upstream's text. */
export function parseFieldSelector(selector: string): FieldSelector {
  const requirements: FieldRequirement[] = [];
  for (const part of splitTerms(selector).sort()) {
    if (part === '') continue;
    const match = term.exec(part);
    if (match === null) throw new SelectorError(`invalid selector: '${selector}'; can't understand '${part}'`);
    requirements.push({ field: match[1]!, operator: match[2] === '!=' ? '!=' : '=', value: unescapeValue(match[3]!) });
  }
  return new FieldSelector(requirements);
}
