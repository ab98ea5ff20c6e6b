/** `$((…))`: 64-bit integers, as POSIX shells compute. */

export class ArithmeticError extends Error {
  override readonly name = 'ArithmeticError';
}

export interface Variables {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
}

const BINARY: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];
const ASSIGNMENTS = ['=', '+=', '-=', '*=', '/=', '%=', '<<=', '>>=', '&=', '^=', '|='];
const TOKEN =
  /\s*(?:(0[xX][0-9a-fA-F]+|\d+)|([A-Za-z_]\w*)|(<<=|>>=|\*\*|\+\+|--|&&|\|\||<<|>>|[<>=!+\-*/%&^|]=|[-+*/%<>=!~&^|?:(),]))/y;
const MAX_DEPTH = 64;
const wrap = (value: bigint) => BigInt.asIntN(64, value);

/** Computes an expression; a variable that is not set counts as 0. Throws `ArithmeticError` with ash's text. */
export function evaluateArithmetic(text: string, variables: Variables, depth = 0): bigint {
  return new Evaluation(text, variables, depth).result();
}

class Evaluation {
  private readonly tokens: string[] = [];
  private readonly variables: Variables;
  private depth: number;
  private at = 0;
  /** Above 0 inside what is not to be computed: the other side of `&&`, `||`, `?:`. */
  private skipping = 0;

  constructor(text: string, variables: Variables, depth: number) {
    this.variables = variables;
    this.depth = depth;
    TOKEN.lastIndex = 0;
    const source = text.trimEnd();
    while (TOKEN.lastIndex < source.length) {
      const match = TOKEN.exec(source);
      if (match === null) throw new ArithmeticError('arithmetic syntax error');
      this.tokens.push(match[1] ?? match[2] ?? match[3]!);
    }
  }

  result(): bigint {
    if (this.tokens.length === 0) return 0n;
    const value = this.assignment();
    if (this.at < this.tokens.length) throw new ArithmeticError('arithmetic syntax error');
    return value;
  }

  private take(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at++;
    return true;
  }

  private assignment(): bigint {
    if (++this.depth > MAX_DEPTH) throw new ArithmeticError('expression recursion loop detected');
    try {
      const name = this.tokens[this.at];
      const operator = this.tokens[this.at + 1];
      if (name !== undefined && /^[A-Za-z_]/.test(name) && operator !== undefined && ASSIGNMENTS.includes(operator)) {
        this.at += 2;
        const right = this.assignment();
        const value = operator === '=' ? right : this.compute(operator.slice(0, -1), this.variable(name), right);
        if (this.skipping === 0) this.variables.set(name, String(value));
        return value;
      }
      return this.conditional();
    } finally {
      this.depth--;
    }
  }

  private conditional(): bigint {
    const condition = this.binary(0);
    if (!this.take('?')) return condition;
    const yes = this.unless(condition === 0n, () => this.assignment());
    if (!this.take(':')) throw new ArithmeticError('arithmetic syntax error');
    const no = this.unless(condition !== 0n, () => this.assignment());
    return condition === 0n ? no : yes;
  }

  private unless(skip: boolean, run: () => bigint): bigint {
    if (skip) this.skipping++;
    try {
      return run();
    } finally {
      if (skip) this.skipping--;
    }
  }

  private binary(level: number): bigint {
    const operators = BINARY[level];
    if (operators === undefined) return this.unary();
    let left = this.binary(level + 1);
    for (;;) {
      const operator = this.tokens[this.at];
      if (operator === undefined || !operators.includes(operator)) return left;
      this.at++;
      const skip = (operator === '&&' && left === 0n) || (operator === '||' && left !== 0n);
      const right = this.unless(skip, () => this.binary(level + 1));
      left = this.compute(operator, left, right);
    }
  }

  private unary(): bigint {
    if (++this.depth > MAX_DEPTH * 4) throw new ArithmeticError('expression recursion loop detected');
    try {
      if (this.take('!')) return this.unary() === 0n ? 1n : 0n;
      if (this.take('~')) return ~this.unary();
      if (this.take('+')) return this.unary();
      if (this.take('-')) return wrap(-this.unary());
      if (this.take('++')) return this.step(this.tokens[this.at++], 1n);
      if (this.take('--')) return this.step(this.tokens[this.at++], -1n);
      if (this.take('(')) {
        const value = this.assignment();
        if (!this.take(')')) throw new ArithmeticError('arithmetic syntax error');
        return value;
      }
      const token = this.tokens[this.at++];
      if (token === undefined) throw new ArithmeticError('arithmetic syntax error');
      if (/^\d/.test(token)) return this.number(token);
      if (!/^[A-Za-z_]/.test(token)) throw new ArithmeticError('arithmetic syntax error');
      const value = this.variable(token);
      if (this.take('++')) this.step(token, 1n);
      else if (this.take('--')) this.step(token, -1n);
      return value;
    } finally {
      this.depth--;
    }
  }

  private step(name: string | undefined, by: bigint): bigint {
    if (name === undefined || !/^[A-Za-z_]/.test(name)) throw new ArithmeticError('arithmetic syntax error');
    const value = wrap(this.variable(name) + by);
    if (this.skipping === 0) this.variables.set(name, String(value));
    return value;
  }

  private number(text: string): bigint {
    if (/^0[xX]/.test(text)) return wrap(BigInt(text));
    if (/^0\d/.test(text)) {
      if (/[89]/.test(text)) throw new ArithmeticError('arithmetic syntax error');
      return wrap(BigInt(`0o${text.slice(1)}`));
    }
    return wrap(BigInt(text));
  }

  private variable(name: string): bigint {
    const value = (this.variables.get(name) ?? '').trim();
    if (value === '') return 0n;
    if (/^[-+]?\d+$/.test(value)) {
      const negative = value.startsWith('-');
      const size = this.number(value.replace(/^[-+]/, ''));
      return negative ? wrap(-size) : size;
    }
    return evaluateArithmetic(value, this.variables, this.depth + 1);
  }

  private compute(operator: string, a: bigint, b: bigint): bigint {
    switch (operator) {
      case '||':
        return a !== 0n || b !== 0n ? 1n : 0n;
      case '&&':
        return a !== 0n && b !== 0n ? 1n : 0n;
      case '|':
        return a | b;
      case '^':
        return a ^ b;
      case '&':
        return a & b;
      case '==':
        return a === b ? 1n : 0n;
      case '!=':
        return a !== b ? 1n : 0n;
      case '<=':
        return a <= b ? 1n : 0n;
      case '>=':
        return a >= b ? 1n : 0n;
      case '<':
        return a < b ? 1n : 0n;
      case '>':
        return a > b ? 1n : 0n;
      case '<<':
        return wrap(a << (b & 63n));
      case '>>':
        return a >> (b & 63n);
      case '+':
        return wrap(a + b);
      case '-':
        return wrap(a - b);
      case '*':
        return wrap(a * b);
      default:
        if (b === 0n) {
          if (this.skipping > 0) return 0n;
          throw new ArithmeticError('divide by zero');
        }
        return wrap(operator === '/' ? a / b : a % b);
    }
  }
}
