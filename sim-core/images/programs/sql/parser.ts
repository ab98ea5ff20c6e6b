import { type SqlError, syntaxError, type Token } from './lexer.ts';

export type Value = string | number | null;

export type Expression =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[]; readonly star: boolean }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'null'; readonly of: Expression; readonly negated: boolean }
  | { readonly kind: 'in'; readonly of: Expression; readonly list: readonly Expression[]; readonly negated: boolean };

/** Deepest nesting of an expression. */
const MAX_DEPTH = 64;

/** Reads tokens one after the other. */
export class Reader {
  private readonly list: readonly Token[];
  private at = 0;
  private depth = 0;

  constructor(list: readonly Token[]) {
    this.list = list;
  }

  get done(): boolean {
    return this.at >= this.list.length;
  }

  peek(): Token | undefined {
    return this.list[this.at];
  }

  next(): Token {
    const token = this.list[this.at];
    if (token === undefined) throw syntaxError('');
    this.at++;
    return token;
  }

  /** Takes these words, if they come next. */
  accept(...words: readonly string[]): boolean {
    for (const [index, word] of words.entries()) {
      const token = this.list[this.at + index];
      const text = token?.kind === 'word' ? token.upper : token?.kind === 'symbol' ? token.text : undefined;
      if (text !== word) return false;
    }
    this.at += words.length;
    return true;
  }

  expect(...words: readonly string[]): void {
    if (!this.accept(...words)) throw this.mistake();
  }

  /** A name, with the part before a dot left out. */
  name(): string {
    const token = this.next();
    if (token.kind !== 'word') throw this.mistake(-1);
    return this.accept('.') ? this.name() : token.text;
  }

  /** Items between parentheses, separated by commas. */
  list_<T>(item: () => T): T[] {
    this.expect('(');
    const items: T[] = [];
    if (this.accept(')')) return items;
    do items.push(item());
    while (this.accept(','));
    this.expect(')');
    return items;
  }

  mistake(offset = 0): SqlError {
    const rest = this.list.slice(Math.max(0, this.at + offset));
    return syntaxError(rest.map((token) => (token.kind === 'text' ? `'${token.text}'` : token.text)).join(' '));
  }

  expression(): Expression {
    if (++this.depth > MAX_DEPTH) throw this.mistake();
    let left = this.conjunction();
    while (this.accept('OR')) left = { kind: 'binary', operator: 'OR', left, right: this.conjunction() };
    this.depth--;
    return left;
  }

  private conjunction(): Expression {
    let left = this.negation();
    while (this.accept('AND')) left = { kind: 'binary', operator: 'AND', left, right: this.negation() };
    return left;
  }

  private negation(): Expression {
    return this.accept('NOT') ? { kind: 'not', of: this.comparison() } : this.comparison();
  }

  private comparison(): Expression {
    const left = this.sum();
    for (const operator of ['=', '<>', '!=', '<=', '>=', '<', '>', 'LIKE', 'ILIKE']) {
      if (this.accept(operator)) return { kind: 'binary', operator, left, right: this.sum() };
    }
    if (this.accept('IS')) {
      const negated = this.accept('NOT');
      this.expect('NULL');
      return { kind: 'null', of: left, negated };
    }
    const negated = this.accept('NOT');
    if (this.accept('IN')) return { kind: 'in', of: left, list: this.list_(() => this.expression()), negated };
    if (negated) {
      this.expect('LIKE');
      return { kind: 'not', of: { kind: 'binary', operator: 'LIKE', left, right: this.sum() } };
    }
    return left;
  }

  private sum(): Expression {
    let left = this.product();
    for (;;) {
      const operator = ['+', '-', '||'].find((one) => this.accept(one));
      if (operator === undefined) return left;
      left = { kind: 'binary', operator, left, right: this.product() };
    }
  }

  private product(): Expression {
    let left = this.atom();
    for (;;) {
      const operator = ['*', '/', '%'].find((one) => this.accept(one));
      if (operator === undefined) return left;
      left = { kind: 'binary', operator, left, right: this.atom() };
    }
  }

  private atom(): Expression {
    if (this.accept('(')) {
      const inner = this.expression();
      this.expect(')');
      return inner;
    }
    if (this.accept('-'))
      return { kind: 'binary', operator: '-', left: { kind: 'value', value: 0 }, right: this.atom() };
    const token = this.next();
    if (token.kind === 'text') return { kind: 'value', value: token.text };
    if (token.kind === 'number') return { kind: 'value', value: Number(token.text) };
    if (token.kind === 'symbol') throw this.mistake(-1);
    if (token.upper === 'NULL') return { kind: 'value', value: null };
    if (token.upper === 'TRUE' || token.upper === 'FALSE')
      return { kind: 'value', value: token.upper === 'TRUE' ? 1 : 0 };
    if (token.upper === 'CURRENT_TIMESTAMP' || token.upper === 'CURRENT_USER') {
      if (this.accept('(')) this.expect(')');
      return { kind: 'call', name: token.upper, args: [], star: false };
    }
    if (this.accept('(')) {
      if (this.accept('*')) {
        this.expect(')');
        return { kind: 'call', name: token.upper, args: [], star: true };
      }
      const args: Expression[] = [];
      if (!this.accept(')')) {
        do args.push(this.expression());
        while (this.accept(','));
        this.expect(')');
      }
      return { kind: 'call', name: token.upper, args, star: false };
    }
    return { kind: 'column', name: this.accept('.') ? this.name() : token.text };
  }
}
