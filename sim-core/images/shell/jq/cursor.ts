import type { Token } from './tokens.ts';
import { JqError } from './values.ts';

/** A place among the words of a program. */
export class Cursor {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  get ended(): boolean {
    return this.at >= this.tokens.length;
  }

  /** The word here, or one further on. */
  peek(further = 0): Token | undefined {
    return this.tokens[this.at + further];
  }

  /** The word here; goes on to the next. */
  next(): Token | undefined {
    return this.tokens[this.at++];
  }

  back(): void {
    this.at--;
  }

  /** Steps over that operator if it is here. */
  take(operator: string): boolean {
    const token = this.peek();
    if (token?.kind !== 'operator' || token.text !== operator) return false;
    this.at++;
    return true;
  }

  /** Steps over that word if it is here. */
  word(word: string): boolean {
    const token = this.peek();
    if (token?.kind !== 'word' || token.text !== word) return false;
    this.at++;
    return true;
  }

  /** Steps over that operator, which has to be here. Throws `JqError`. */
  expect(operator: string): void {
    if (!this.take(operator)) throw this.unexpected();
  }

  /** Steps over `$name`, which has to be here. Throws `JqError`. */
  variableName(): string {
    const token = this.next();
    if (token?.kind !== 'word' || !token.text.startsWith('$')) {
      this.back();
      throw this.unexpected();
    }
    return token.text.slice(1);
  }

  /** The error: the word here has no business here. */
  unexpected(): JqError {
    const token = this.peek();
    if (token === undefined) return new JqError('syntax error: unexpected end of the program');
    return new JqError(`syntax error: unexpected ${token.kind === 'string' ? 'string' : `'${token.text}'`}`);
  }
}
