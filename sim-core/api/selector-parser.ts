import { invalid } from './field-error.ts';
import { isQualifiedName } from './names.ts';
import type { Requirement } from './selector.ts';

/** A selector's text or object is not valid; `message` is upstream's. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

/** selection.Operator */
export type Operator = 'in' | 'notin' | '=' | '==' | '!=' | 'gt' | 'lt' | 'exists' | '!';

const binaryOperators = 'in, notin, =, ==, !=, gt, lt';
const keywords = new Set([')', ',', '!', '==', '=', '>', 'in', '<', '!=', 'notin', '(']);

type Token = { readonly kind: 'end' | 'identifier' | 'symbol'; readonly text: string };

function isSpecial(character: string): boolean {
  return '=!(),><'.includes(character);
}

function isSpace(character: string): boolean {
  return ' \t\r\n'.includes(character);
}

/** The longest keyword at `start`: every special character is one by itself. */
function scanSymbol(text: string, start: number): Token {
  let best = text[start]!;
  for (let end = start + 2; end <= text.length && keywords.has(text.slice(start, end)); end++)
    best = text.slice(start, end);
  return { kind: 'symbol', text: best };
}

function scan(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (position < text.length && text[position] !== '\0') {
    const character = text[position]!;
    if (isSpace(character)) {
      position++;
    } else if (isSpecial(character)) {
      const token = scanSymbol(text, position);
      tokens.push(token);
      position += token.text.length;
    } else {
      const start = position;
      while (position < text.length && !isSpecial(text[position]!) && !isSpace(text[position]!)) position++;
      const word = text.slice(start, position);
      tokens.push({ kind: keywords.has(word) ? 'symbol' : 'identifier', text: word });
    }
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

type NewRequirement = (key: string, operator: string, values: readonly string[]) => Requirement;

/** The recursive descent of labels.Parser, over one selector's text. */
class Parser {
  private readonly tokens: readonly Token[];
  private readonly newRequirement: NewRequirement;
  private position = 0;

  constructor(text: string, newRequirement: NewRequirement) {
    this.tokens = scan(text);
    this.newRequirement = newRequirement;
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const token = this.peek();
      if (token.kind === 'end') return requirements;
      if (!this.startsRequirement(token)) {
        throw new SelectorError(`found '${token.text}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.requirement());
      const after = this.take();
      if (after.kind === 'end') return requirements;
      if (after.text !== ',') throw new SelectorError(`found '${after.text}', expected: ',' or 'end of string'`);
      const next = this.peek();
      if (!this.startsRequirement(next))
        throw new SelectorError(`found '${next.text}', expected: identifier after ','`);
    }
  }

  /** In the place of a key or value, `in` and `notin` are names like any other. */
  private asValue(token: Token): Token {
    return token.text === 'in' || token.text === 'notin' ? { kind: 'identifier', text: token.text } : token;
  }

  private peek(): Token {
    return this.asValue(this.tokens[Math.min(this.position, this.tokens.length - 1)]!);
  }

  private take(): Token {
    const token = this.peek();
    this.position++;
    return token;
  }

  private startsRequirement(token: Token): boolean {
    return token.kind === 'identifier' || token.text === '!';
  }

  private requirement(): Requirement {
    try {
      return this.parseRequirement();
    } catch (error) {
      if (error instanceof SelectorError) throw new SelectorError(`unable to parse requirement: ${error.message}`);
      throw error;
    }
  }

  private parseRequirement(): Requirement {
    let token = this.take();
    const negated = token.text === '!' && token.kind === 'symbol';
    if (negated) token = this.take();
    if (token.kind !== 'identifier') throw new SelectorError(`found '${token.text}', expected: identifier`);
    const key = token.text;
    const errors = isQualifiedName(key);
    if (errors.length > 0) throw new SelectorError(invalid(undefined, key, errors.join('; ')).toString());
    const next = this.peek();
    if (negated) return this.newRequirement(key, '!', []);
    if (next.kind === 'end' || next.text === ',') return this.newRequirement(key, 'exists', []);
    const operator = this.operator();
    const values = operator === 'in' || operator === 'notin' ? this.values() : this.exactValue();
    return this.newRequirement(key, operator, [...new Set(values)].sort());
  }

  private operator(): Operator {
    const token = this.tokens[this.position++]!;
    if (token.kind === 'symbol') {
      if (token.text === '>') return 'gt';
      if (token.text === '<') return 'lt';
      if (['in', 'notin', '=', '==', '!='].includes(token.text)) return token.text as Operator;
    }
    throw new SelectorError(`found '${token.text}', expected: ${binaryOperators}`);
  }

  private values(): string[] {
    const open = this.take();
    if (open.text !== '(') throw new SelectorError(`found '${open.text}' expected: '('`);
    const first = this.peek();
    if (first.text === ')') {
      this.take();
      return [''];
    }
    if (first.kind !== 'identifier' && first.text !== ',') {
      throw new SelectorError(`found '${first.text}', expected: ',', ')' or identifier`);
    }
    const values = this.identifiers();
    this.take();
    return values;
  }

  private identifiers(): string[] {
    const values: string[] = [];
    for (;;) {
      const token = this.take();
      const next = this.peek();
      if (token.kind === 'identifier') {
        values.push(token.text);
        if (next.text === ')') return values;
        if (next.text !== ',') throw new SelectorError(`found '${next.text}', expected: ',' or ')'`);
      } else if (token.text === ',') {
        if (values.length === 0 || next.text === ',' || next.text === ')') values.push('');
        if (next.text === ')') return values;
      } else {
        throw new SelectorError(`found '${token.text}', expected: ',', or identifier`);
      }
    }
  }

  private exactValue(): string[] {
    const next = this.peek();
    if (next.kind === 'end' || next.text === ',') return [''];
    const token = this.take();
    if (token.kind !== 'identifier') throw new SelectorError(`found '${token.text}', expected: identifier`);
    return [token.text];
  }
}

/** The requirements of a selector's text, in the order written; throws a SelectorError with the texts of labels.Parse. */
export function parseRequirements(text: string, newRequirement: NewRequirement): Requirement[] {
  return new Parser(text, newRequirement).parse();
}
