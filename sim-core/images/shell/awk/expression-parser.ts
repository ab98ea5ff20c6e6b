import type { Expression } from './syntax.ts';
import type { Tokens } from './tokens.ts';

const FUNCTIONS = new Set([
  'length',
  'substr',
  'toupper',
  'tolower',
  'index',
  'int',
  'split',
  'gsub',
  'sub',
  'sprintf',
]);
/** What binds weakest first; a blank is concatenation. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['in'],
  ['~', '!~'],
  ['<', '<=', '==', '!=', '>', '>='],
  [' '],
  ['+', '-'],
  ['*', '/', '%'],
];

/** Reads expressions. */
export class ExpressionParser {
  private readonly tokens: Tokens;

  constructor(tokens: Tokens) {
    this.tokens = tokens;
  }

  /** An expression; with `noGreater`, `>` is not part of it, as after `print`. Throws `ToolError`. */
  expression(noGreater = false): Expression {
    this.tokens.enter('expression');
    const left = this.choice(noGreater);
    let result = left;
    for (const operator of ['=', '+=', '-=', '*=', '/=', '%=']) {
      if (!this.tokens.is(operator)) continue;
      if (left.kind !== 'variable' && left.kind !== 'field' && left.kind !== 'element') this.tokens.fail();
      this.tokens.advance();
      result = { kind: 'assign', operator, target: left, value: this.expression(noGreater) };
      break;
    }
    this.tokens.leave();
    return result;
  }

  private choice(noGreater: boolean): Expression {
    const test = this.binary(0, noGreater);
    if (!this.tokens.take('?')) return test;
    const yes = this.expression(noGreater);
    this.tokens.expect(':');
    return { kind: 'choice', test, yes, no: this.expression(noGreater) };
  }

  private binary(level: number, noGreater: boolean): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.unary();
    let left = this.binary(level + 1, noGreater);
    for (;;) {
      if (operators[0] === ' ') {
        const starts =
          this.tokens.kind === 'number' ||
          this.tokens.kind === 'string' ||
          (this.tokens.kind === 'name' && this.tokens.token !== 'in') ||
          this.tokens.is('$') ||
          this.tokens.is('(') ||
          this.tokens.is('!');
        if (!starts || this.tokens.is('!')) return left;
        left = { kind: 'binary', operator: ' ', left, right: this.binary(level + 1, noGreater) };
        continue;
      }
      const operator = this.tokens.token;
      if (this.tokens.kind === 'string' || !operators.includes(operator) || (noGreater && operator === '>'))
        return left;
      this.tokens.advance();
      left = { kind: 'binary', operator, left, right: this.binary(level + 1, noGreater) };
    }
  }

  private unary(): Expression {
    for (const operator of ['!', '-', '+']) {
      if (this.tokens.take(operator)) return { kind: 'unary', operator, operand: this.unary() };
    }
    for (const [operator, by] of [
      ['++', 1],
      ['--', -1],
    ] as const) {
      if (this.tokens.take(operator)) return { kind: 'step', target: this.primary(), by, prefix: true };
    }
    const operand = this.primary();
    for (const [operator, by] of [
      ['++', 1],
      ['--', -1],
    ] as const) {
      if (
        this.tokens.is(operator) &&
        (operand.kind === 'variable' || operand.kind === 'field' || operand.kind === 'element')
      ) {
        this.tokens.advance();
        return { kind: 'step', target: operand, by, prefix: false };
      }
    }
    return operand;
  }

  private primary(): Expression {
    const { token, kind } = this.tokens;
    if (kind === 'number') {
      this.tokens.advance();
      return { kind: 'number', value: Number(token) };
    }
    if (kind === 'string') {
      this.tokens.advance();
      const value = token
        .slice(1, -1)
        .replace(/\\(.)/g, (_, letter: string) => ({ n: '\n', t: '\t', r: '\r' })[letter] ?? letter);
      return { kind: 'string', value };
    }
    if (kind === 'name') {
      this.tokens.advance();
      if (this.tokens.is('[')) {
        this.tokens.advance();
        const index = this.expression();
        this.tokens.expect(']');
        return { kind: 'element', name: token, index };
      }
      if (!FUNCTIONS.has(token)) return { kind: 'variable', name: token };
      const args: Expression[] = [];
      if (this.tokens.take('(')) {
        while (!this.tokens.is(')')) {
          args.push(this.expression());
          if (!this.tokens.take(',')) break;
        }
        this.tokens.expect(')');
      }
      return { kind: 'call', name: token, args };
    }
    if (this.tokens.take('$')) return { kind: 'field', index: this.primary() };
    if (this.tokens.is('/')) {
      return { kind: 'regex', value: this.tokens.regex() };
    }
    if (this.tokens.take('(')) {
      const value = this.expression();
      this.tokens.expect(')');
      return value;
    }
    return this.tokens.fail();
  }
}
