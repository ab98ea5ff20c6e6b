import { KubectlError } from '../../errors.ts';

export interface Token {
  readonly text: string;
  readonly type: 'word' | 'string' | 'number' | 'punctuation' | 'field' | 'variable' | 'space' | 'char';
  /** Where it begins in the template. */
  readonly at: number;
}

/** Text as it stands, or the tokens of an action. */
export type Piece = { readonly text: string } | { readonly tokens: readonly Token[] };

const SPACES = ' \t\r\n';
const PATTERNS: readonly [RegExp, Token['type']][] = [
  [/[ \t\r\n]+/y, 'space'],
  [/"(?:[^"\\\n]|\\[^\n])*"/y, 'string'],
  [/`[^`]*`/y, 'string'],
  [/'(?:[^'\\\n]|\\[^\n])+'/y, 'char'],
  [/[-+]?(?:0[xX][0-9a-fA-F_]+|\d[\d_]*(?:\.\d*)?(?:[eE][-+]?\d+)?)/y, 'number'],
  [/\$[\p{L}\p{N}_]*/uy, 'variable'],
  [/\.[\p{L}_][\p{L}\p{N}_]*/uy, 'field'],
  [/[\p{L}_][\p{L}\p{N}_]*/uy, 'word'],
  [/:=|[=|(),.]/y, 'punctuation'],
];

function codePoint(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')} '${character}'`;
}

function unlexable(source: string, at: number): KubectlError {
  const character = String.fromCodePoint(source.codePointAt(at) ?? 0);
  if (character === '"') return new KubectlError('unterminated quoted string');
  if (character === '`') return new KubectlError('unterminated raw quoted string');
  if (character === "'") return new KubectlError('unterminated character constant');
  if (character === ':') return new KubectlError('expected :=');
  return new KubectlError(
    character >= ' ' && character <= '~'
      ? `unexpected ${JSON.stringify(character)} in command`
      : `unrecognized character in action: ${codePoint(character)}`,
  );
}

/** Reads a template's text and actions (text/template/parse/lex.go), `{{-` and `-}}` applied, comments left out. */
export function lex(source: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trim = false;
  while (at < source.length) {
    const open = source.indexOf('{{', at);
    let text = source.slice(at, open < 0 ? undefined : open);
    if (trim) text = text.replace(/^[ \t\r\n]+/, '');
    if (open < 0) {
      pieces.push({ text });
      break;
    }
    at = open + 2;
    if (source[at] === '-' && SPACES.includes(source[at + 1] ?? '?')) {
      text = text.replace(/[ \t\r\n]+$/, '');
      at++;
    }
    if (text !== '') pieces.push({ text });
    const comment = /[ \t\r\n]*\/\*/y;
    comment.lastIndex = at;
    if (comment.test(source)) {
      const end = source.indexOf('*/', comment.lastIndex);
      const close = /[ \t\r\n]*(-?)\}\}/y;
      close.lastIndex = end + 2;
      const closed = end < 0 ? null : close.exec(source);
      if (closed === null)
        throw new KubectlError(end < 0 ? 'unclosed comment' : 'comment ends before closing delimiter');
      trim = closed[1] !== '';
      at = close.lastIndex;
      continue;
    }
    const action = lexAction(source, at);
    pieces.push({ tokens: action.tokens });
    ({ end: at, trim } = action);
  }
  return pieces;
}

function lexAction(source: string, start: number): { tokens: Token[]; end: number; trim: boolean } {
  const tokens: Token[] = [];
  let depth = 0;
  for (let at = start; ; ) {
    const close = /(?:[ \t\r\n]-)?\}\}/y;
    close.lastIndex = at;
    const closed = close.exec(source)?.[0];
    if (closed !== undefined) {
      if (depth > 0) throw new KubectlError('unclosed left paren');
      return { tokens, end: at + closed.length, trim: closed.length > 2 };
    }
    if (at >= source.length) throw new KubectlError('unclosed action');
    let token: Token | undefined;
    for (const [pattern, type] of PATTERNS) {
      pattern.lastIndex = at;
      const text = pattern.exec(source)?.[0];
      if (text === undefined) continue;
      // The space before `-}}` belongs to the end of the action.
      token = {
        text: type === 'space' && source.startsWith('-}}', at + text.length) ? text.slice(0, -1) : text,
        type,
        at,
      };
      break;
    }
    if (token === undefined) throw unlexable(source, at);
    at += token.text.length;
    const next = source[at];
    if (token.type === 'field' || token.type === 'variable' || token.type === 'word') {
      if (next !== undefined && !' \t\r\n.,|:()='.includes(next) && !source.startsWith('}}', at))
        throw new KubectlError(`bad character ${codePoint(String.fromCodePoint(source.codePointAt(at)!))}`);
    }
    if (token.type === 'number' && next !== undefined && /[\p{L}\p{N}_]/u.test(next))
      throw new KubectlError(`bad number syntax: ${JSON.stringify(token.text + next)}`);
    if (token.text === '(') depth++;
    if (token.text === ')' && --depth < 0) throw new KubectlError('unexpected right paren');
    if (token.text !== '') tokens.push(token);
  }
}
