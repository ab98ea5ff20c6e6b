/** A mistake in a statement, or one that cannot be carried out. `code` is MySQL's number, `state` the SQLSTATE. */
export class SqlError extends Error {
  override readonly name = 'SqlError';
  readonly code: number;
  readonly state: string;

  constructor(code: number, state: string, message: string) {
    super(message);
    this.code = code;
    this.state = state;
  }
}

export type Token =
  | { readonly kind: 'word'; readonly text: string; readonly upper: string; readonly quoted: boolean }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'symbol'; readonly text: string };

const PATTERN =
  /\s+|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/|'((?:[^'\\]|''|\\.)*)'|`([^`]*)`|"((?:[^"\\]|\\.)*)"|(\d+(?:\.\d+)?)|([A-Za-z_@][\w$@]*)|(<=|>=|<>|!=|\|\||[-+*/%=<>(),.;])/y;

/** Cuts a statement into words, texts, numbers and symbols. In Postgres, `"x"` is a name; in MySQL, a text. */
export function tokens(sql: string, doubleQuotedNames: boolean): Token[] {
  const found: Token[] = [];
  PATTERN.lastIndex = 0;
  let at = 0;
  while (at < sql.length) {
    const match = PATTERN.exec(sql);
    if (match === null) throw syntaxError(sql.slice(at));
    at = PATTERN.lastIndex;
    const [, single, tick, double, number, word, symbol] = match;
    const name = tick ?? (doubleQuotedNames ? double : undefined);
    const text = single ?? (doubleQuotedNames ? undefined : double);
    if (name !== undefined) found.push({ kind: 'word', text: name, upper: '', quoted: true });
    else if (text !== undefined) found.push({ kind: 'text', text: unescaped(text) });
    else if (number !== undefined) found.push({ kind: 'number', text: number });
    else if (word !== undefined) found.push({ kind: 'word', text: word, upper: word.toUpperCase(), quoted: false });
    else if (symbol !== undefined) found.push({ kind: 'symbol', text: symbol });
  }
  return found;
}

function unescaped(text: string): string {
  return text.replace(/''|\\(.)/gs, (whole, character: string | undefined) => {
    if (character === undefined) return whole === "''" ? "'" : whole;
    return character === 'n' ? '\n' : character === 't' ? '\t' : character;
  });
}

/** `near` is the rest of the statement, from where it makes no sense. */
export function syntaxError(near: string): SqlError {
  return new SqlError(
    1064,
    '42000',
    `You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use near '${near.slice(0, 80)}' at line 1`,
  );
}

/** The statements of a script, cut at semicolons outside of quotes. */
export function statements(script: string): { complete: string[]; rest: string } {
  const complete: string[] = [];
  let start = 0;
  let quote = '';
  for (let index = 0; index < script.length; index++) {
    const character = script[index]!;
    if (quote !== '') {
      if (character === '\\') index++;
      else if (character === quote) quote = '';
    } else if (character === "'" || character === '"' || character === '`') quote = character;
    else if (character === ';') {
      complete.push(script.slice(start, index));
      start = index + 1;
    }
  }
  return { complete: complete.map((one) => one.trim()).filter((one) => one !== ''), rest: script.slice(start) };
}
