import type { Node } from './syntax.ts';
import { JqError } from './values.ts';

const TOKEN =
  /\s*(?:#[^\n]*\n?\s*)*(?:(\.\.|\?\/\/=?|\|=|\/\/=?|[-+*/%]=|==|!=|<=|>=|[.[\]{}()|,:;=<>+\-*/%?])|(@\w+)|(\$?[A-Za-z_]\w*(?:::\w+)*)|(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)|(")|(\$))/y;

/** A word of a program. A string is one, with the parsed programs that are interpolated in it. */
export interface Token {
  readonly kind: 'operator' | 'format' | 'word' | 'number' | 'string';
  readonly text: string;
  readonly parts?: readonly (string | Node)[];
  /** Whether blanks stand before it: `.foo` is one thing, `. foo` is not. */
  readonly apart: boolean;
}

/** Makes a program of the words in `\(…)`. */
type Parse = (tokens: readonly Token[]) => Node;

/** The words of a program. Throws `JqError`. */
export function tokensOf(source: string, parse: Parse): Token[] {
  return scan(source, { at: 0 }, parse);
}

function scan(source: string, place: { at: number }, parse: Parse, stopAt?: string): Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  while (place.at < source.length) {
    TOKEN.lastIndex = place.at;
    const match = TOKEN.exec(source);
    if (match === null) {
      if (/^\s*(#[^\n]*)?\s*$/.test(source.slice(place.at))) {
        place.at = source.length;
        return tokens;
      }
      throw new JqError(`syntax error: unexpected '${source.slice(place.at).trim().slice(0, 10)}'`);
    }
    const [whole, operator, format, word, number, quote] = match;
    const apart = /^[\s#]/.test(whole);
    place.at = TOKEN.lastIndex;
    if (operator !== undefined) {
      if (operator === '(') depth++;
      if (operator === ')' && stopAt === ')' && depth-- === 0) return tokens;
      tokens.push({ kind: 'operator', text: operator, apart });
    } else if (format !== undefined) tokens.push({ kind: 'format', text: format, apart });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, apart });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number, apart });
    else if (quote !== undefined)
      tokens.push({ kind: 'string', text: '', parts: scanString(source, place, parse), apart });
    else throw new JqError("syntax error: unexpected '$'");
  }
  if (stopAt !== undefined) throw new JqError('syntax error: unterminated string interpolation');
  return tokens;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

function scanString(source: string, place: { at: number }, parse: Parse): (string | Node)[] {
  const parts: (string | Node)[] = [];
  let text = '';
  for (;;) {
    const character = source[place.at++];
    if (character === undefined) throw new JqError('syntax error: unterminated string literal');
    if (character === '"') break;
    if (character !== '\\') {
      text += character;
      continue;
    }
    const next = source[place.at++] ?? '';
    if (next === '(') {
      const tokens = scan(source, place, parse, ')');
      parts.push(text);
      text = '';
      parts.push(parse(tokens));
    } else if (next === 'u') {
      text += String.fromCharCode(Number.parseInt(source.slice(place.at, place.at + 4), 16));
      place.at += 4;
    } else text += ESCAPES[next] ?? next;
  }
  parts.push(text);
  return parts;
}
