import type { Coroutine } from '../../../engine/index.ts';
import { formatPrintf } from '../printf.ts';
import { posixRegex } from './regex.ts';
import { type Tool, ToolError } from './tool.ts';

/**
 * A small `awk`: patterns (/regex/, comparisons, BEGIN, END) and the statements print, printf, assignment, ++, +=, if/else, next;
 * fields, NR, NF, FS, OFS, variables, arithmetic, concatenation, length(), substr(), toupper(), tolower(), and arrays.
 * Loops, functions and getline are refused.
 */
export function* awk(tool: Tool): Coroutine<number> {
  const variables = new Map<string, string | number>([
    ['FS', ' '],
    ['OFS', ' '],
    ['ORS', '\n'],
  ]);
  const files: string[] = [];
  let program: string | undefined;
  for (let index = 0; index < tool.args.length; index++) {
    const arg = tool.args[index]!;
    if (program === undefined && arg === '-F') variables.set('FS', tool.args[++index] ?? ' ');
    else if (program === undefined && arg.startsWith('-F')) variables.set('FS', arg.slice(2));
    else if (program === undefined && arg === '-v') {
      const [name = '', ...value] = (tool.args[++index] ?? '').split('=');
      variables.set(name, value.join('='));
    } else if (program === undefined) program = arg;
    else files.push(arg);
  }
  if (program === undefined) throw new ToolError('usage: awk [-F SEP] [-v VAR=VAL] PROGRAM [FILE]...');
  const rules = new AwkParser(program).rules();
  const machine = new AwkMachine(variables);
  const collect = (text: string) => tool.out(text);
  for (const rule of rules) if (rule.when === 'BEGIN') machine.run(rule.body, collect);
  let good = true;
  if (rules.some((rule) => rule.when !== 'BEGIN')) {
    good = yield* tool.eachLine(files, (line) => machine.line(line, rules, collect));
    for (const rule of rules) if (rule.when === 'END') machine.run(rule.body, collect);
  }
  yield* tool.send('');
  return good ? machine.exitCode : 1;
}

type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'regex'; readonly value: RegExp }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'element'; readonly name: string; readonly index: Expression }
  | { readonly kind: 'field'; readonly index: Expression }
  | { readonly kind: 'unary'; readonly operator: string; readonly operand: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'assign'; readonly operator: string; readonly target: Expression; readonly value: Expression }
  | { readonly kind: 'step'; readonly target: Expression; readonly by: number; readonly prefix: boolean }
  | { readonly kind: 'choice'; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] };

type StatementNode =
  | { readonly kind: 'print'; readonly args: readonly Expression[]; readonly format: boolean }
  | { readonly kind: 'expression'; readonly value: Expression }
  | {
      readonly kind: 'if';
      readonly test: Expression;
      readonly yes: StatementNode;
      readonly no: StatementNode | undefined;
    }
  | { readonly kind: 'each'; readonly name: string; readonly array: string; readonly body: StatementNode }
  | { readonly kind: 'block'; readonly body: readonly StatementNode[] }
  | { readonly kind: 'next' }
  | { readonly kind: 'exit'; readonly code: Expression | undefined };

interface Rule {
  readonly when: 'BEGIN' | 'END' | Expression | undefined;
  readonly to: Expression | undefined;
  readonly body: readonly StatementNode[];
  active: boolean;
}

const TOKEN =
  /[ \t\r]*(?:(#[^\n]*)|(\d+(?:\.\d*)?|\.\d+)|("(?:[^"\\\n]|\\.)*")|([A-Za-z_]\w*)|(\+\+|--|\+=|-=|\*=|\/=|%=|==|!=|<=|>=|&&|\|\||!~|[-+*/%^!<>~?:,;(){}[\]$=\n]))/y;
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
const REFUSED = new Set([
  'while',
  'do',
  'function',
  'getline',
  'delete',
  'break',
  'continue',
  'system',
  'close',
  'match',
  'rand',
  'srand',
  'sin',
  'cos',
  'exp',
  'log',
  'sqrt',
  'atan2',
]);
const MAX_DEPTH = 64;

class AwkParser {
  private readonly source: string;
  private at = 0;
  private token = '';
  private kind: 'number' | 'string' | 'name' | 'mark' | 'end' = 'end';
  private depth = 0;

  constructor(source: string) {
    this.source = source;
    this.advance();
  }

  rules(): Rule[] {
    const rules: Rule[] = [];
    this.skipLines();
    while (this.kind !== 'end') {
      let when: Rule['when'];
      let to: Expression | undefined;
      if (this.token === 'BEGIN' || this.token === 'END') {
        when = this.token;
        this.advance();
      } else if (this.token !== '{') {
        when = this.expression();
        if (this.take(',')) to = this.expression();
      }
      const body = this.is('{') ? this.block() : [{ kind: 'print', args: [], format: false } as const];
      rules.push({ when, to, body, active: false });
      this.skipLines();
    }
    return rules;
  }

  private fail(): never {
    throw new ToolError(`cmd. line:1: Unexpected token${this.kind === 'end' ? '' : ` near '${this.token}'`}`);
  }

  private advance(): void {
    TOKEN.lastIndex = this.at;
    if (this.source.slice(this.at).trim() === '' && !this.source.slice(this.at).includes('\n')) {
      this.kind = 'end';
      this.token = '';
      return;
    }
    const match = TOKEN.exec(this.source);
    if (match === null)
      throw new ToolError(`cmd. line:1: Unexpected token near '${this.source.slice(this.at, this.at + 10)}'`);
    this.at = TOKEN.lastIndex;
    if (match[1] !== undefined) {
      this.advance();
      return;
    }
    this.token = match[2] ?? match[3] ?? match[4] ?? match[5]!;
    this.kind =
      match[2] !== undefined ? 'number' : match[3] !== undefined ? 'string' : match[4] !== undefined ? 'name' : 'mark';
    if (this.kind === 'name' && REFUSED.has(this.token))
      throw new ToolError(`'${this.token}' is not supported by sim-core's awk`);
  }

  private is(token: string): boolean {
    return this.kind !== 'string' && this.token === token;
  }

  private take(token: string): boolean {
    if (!this.is(token)) return false;
    this.advance();
    return true;
  }

  private expect(token: string): void {
    if (!this.take(token)) this.fail();
  }

  private skipLines(): void {
    while (this.is('\n') || this.is(';')) this.advance();
  }

  private block(): StatementNode[] {
    if (++this.depth > MAX_DEPTH) throw new ToolError('program nested too deeply');
    this.expect('{');
    const body: StatementNode[] = [];
    this.skipLines();
    while (!this.is('}')) {
      if (this.kind === 'end') this.fail();
      body.push(this.statement());
      this.skipLines();
    }
    this.expect('}');
    this.depth--;
    return body;
  }

  private statement(): StatementNode {
    if (this.is('{')) return { kind: 'block', body: this.block() };
    if (this.take('if')) {
      this.expect('(');
      const test = this.expression();
      this.expect(')');
      this.skipLines();
      const yes = this.statement();
      const place = [this.at, this.token, this.kind] as const;
      this.skipLines();
      if (this.take('else')) {
        this.skipLines();
        return { kind: 'if', test, yes, no: this.statement() };
      }
      [this.at, this.token, this.kind] = place;
      return { kind: 'if', test, yes, no: undefined };
    }
    if (this.take('for')) {
      this.expect('(');
      const name = this.token;
      this.advance();
      if (!this.take('in')) throw new ToolError("counting loops are not supported by sim-core's awk");
      const array = this.token;
      this.advance();
      this.expect(')');
      this.skipLines();
      return { kind: 'each', name, array, body: this.statement() };
    }
    if (this.take('next')) return { kind: 'next' };
    if (this.take('exit')) return { kind: 'exit', code: this.ends() ? undefined : this.expression() };
    if (this.is('print') || this.is('printf')) {
      const format = this.token === 'printf';
      this.advance();
      const args: Expression[] = [];
      if (!this.ends()) {
        const parenthesised = this.is('(') && this.closesStatement();
        if (parenthesised) this.advance();
        do args.push(this.expression(!parenthesised));
        while (this.take(','));
        if (parenthesised) this.expect(')');
      }
      if (this.is('>') || this.is('|'))
        throw new ToolError("redirection inside awk is not supported by sim-core's awk");
      return { kind: 'print', args, format };
    }
    return { kind: 'expression', value: this.expression() };
  }

  /** Whether the parenthesis that opens here closes at the end of its statement. */
  private closesStatement(): boolean {
    let level = 1;
    for (let index = this.at; index < this.source.length; index++) {
      const character = this.source[index]!;
      if (character === '"') {
        for (index++; index < this.source.length && this.source[index] !== '"'; index++)
          if (this.source[index] === '\\') index++;
      } else if (character === '(') level++;
      else if (character === ')' && --level === 0) return /^\s*([;}\n]|$)/.test(this.source.slice(index + 1));
    }
    return false;
  }

  private ends(): boolean {
    return this.kind === 'end' || this.is(';') || this.is('\n') || this.is('}');
  }

  private expression(noGreater = false): Expression {
    if (++this.depth > MAX_DEPTH) throw new ToolError('expression nested too deeply');
    const left = this.choice(noGreater);
    let result = left;
    for (const operator of ['=', '+=', '-=', '*=', '/=', '%=']) {
      if (!this.is(operator)) continue;
      if (left.kind !== 'variable' && left.kind !== 'field' && left.kind !== 'element') this.fail();
      this.advance();
      result = { kind: 'assign', operator, target: left, value: this.expression(noGreater) };
      break;
    }
    this.depth--;
    return result;
  }

  private choice(noGreater: boolean): Expression {
    const test = this.binary(0, noGreater);
    if (!this.take('?')) return test;
    const yes = this.expression(noGreater);
    this.expect(':');
    return { kind: 'choice', test, yes, no: this.expression(noGreater) };
  }

  private binary(level: number, noGreater: boolean): Expression {
    const levels = [
      ['||'],
      ['&&'],
      ['in'],
      ['~', '!~'],
      ['<', '<=', '==', '!=', '>', '>='],
      [' '],
      ['+', '-'],
      ['*', '/', '%'],
    ];
    const operators = levels[level];
    if (operators === undefined) return this.unary();
    let left = this.binary(level + 1, noGreater);
    for (;;) {
      if (operators[0] === ' ') {
        const starts =
          this.kind === 'number' ||
          this.kind === 'string' ||
          (this.kind === 'name' && this.token !== 'in') ||
          this.is('$') ||
          this.is('(') ||
          this.is('!');
        if (!starts || this.is('!')) return left;
        left = { kind: 'binary', operator: ' ', left, right: this.binary(level + 1, noGreater) };
        continue;
      }
      const operator = this.token;
      if (this.kind === 'string' || !operators.includes(operator) || (noGreater && operator === '>')) return left;
      this.advance();
      left = { kind: 'binary', operator, left, right: this.binary(level + 1, noGreater) };
    }
  }

  private unary(): Expression {
    for (const operator of ['!', '-', '+']) {
      if (this.take(operator)) return { kind: 'unary', operator, operand: this.unary() };
    }
    for (const [operator, by] of [
      ['++', 1],
      ['--', -1],
    ] as const) {
      if (this.take(operator)) return { kind: 'step', target: this.primary(), by, prefix: true };
    }
    const operand = this.primary();
    for (const [operator, by] of [
      ['++', 1],
      ['--', -1],
    ] as const) {
      if (
        this.is(operator) &&
        (operand.kind === 'variable' || operand.kind === 'field' || operand.kind === 'element')
      ) {
        this.advance();
        return { kind: 'step', target: operand, by, prefix: false };
      }
    }
    return operand;
  }

  private primary(): Expression {
    const { token, kind } = this;
    if (kind === 'number') {
      this.advance();
      return { kind: 'number', value: Number(token) };
    }
    if (kind === 'string') {
      this.advance();
      const value = token
        .slice(1, -1)
        .replace(/\\(.)/g, (_, letter: string) => ({ n: '\n', t: '\t', r: '\r' })[letter] ?? letter);
      return { kind: 'string', value };
    }
    if (kind === 'name') {
      this.advance();
      if (this.is('[')) {
        this.advance();
        const index = this.expression();
        this.expect(']');
        return { kind: 'element', name: token, index };
      }
      if (!FUNCTIONS.has(token)) return { kind: 'variable', name: token };
      const args: Expression[] = [];
      if (this.take('(')) {
        while (!this.is(')')) {
          args.push(this.expression());
          if (!this.take(',')) break;
        }
        this.expect(')');
      }
      return { kind: 'call', name: token, args };
    }
    if (this.take('$')) return { kind: 'field', index: this.primary() };
    if (this.is('/')) {
      let end = this.at;
      while (end < this.source.length && this.source[end] !== '/') end += this.source[end] === '\\' ? 2 : 1;
      if (end >= this.source.length) this.fail();
      const value = posixRegex(this.source.slice(this.at, end), true, '');
      this.at = end + 1;
      this.advance();
      return { kind: 'regex', value };
    }
    if (this.take('(')) {
      const value = this.expression();
      this.expect(')');
      return value;
    }
    return this.fail();
  }
}

class NextLine {}

class AwkMachine {
  exitCode = 0;
  private ended = false;
  private readonly variables: Map<string, string | number>;
  private readonly arrays = new Map<string, Map<string, string | number>>();
  private fields: string[] = [''];
  private count = 0;

  constructor(variables: Map<string, string | number>) {
    this.variables = variables;
  }

  line(text: string, rules: readonly Rule[], output: (text: string) => void): void {
    if (this.ended) return;
    this.count++;
    this.split(text);
    try {
      for (const rule of rules) {
        if (rule.when === 'BEGIN' || rule.when === 'END') continue;
        if (this.selects(rule)) this.run(rule.body, output);
        if (this.ended) return;
      }
    } catch (error) {
      if (!(error instanceof NextLine)) throw error;
    }
  }

  run(body: readonly StatementNode[], output: (text: string) => void): void {
    for (const statement of body) {
      if (this.ended) return;
      this.execute(statement, output);
    }
  }

  private selects(rule: Rule): boolean {
    if (rule.when === undefined) return true;
    const when = rule.when as Expression;
    if (rule.to === undefined) return truth(this.value(when));
    if (!rule.active && !truth(this.value(when))) return false;
    rule.active = !truth(this.value(rule.to));
    return true;
  }

  private split(text: string): void {
    const separator = String(this.variables.get('FS') ?? ' ');
    this.fields = [text, ...this.parts(text, separator)];
  }

  private parts(text: string, separator: string): string[] {
    if (text === '') return [];
    if (separator === ' ')
      return text
        .trim()
        .split(/\s+/)
        .filter((part) => part !== '');
    if (separator.length === 1) return text.split(separator === '\\' ? '\\' : separator);
    return text.split(posixRegex(separator, true, ''));
  }

  private execute(statement: StatementNode, output: (text: string) => void): void {
    switch (statement.kind) {
      case 'print': {
        const values = statement.args.map((arg) => text(this.value(arg)));
        if (statement.format) output(formatPrintf(values[0] ?? '', values.slice(1)).text);
        else
          output(
            (values.length === 0 ? this.fields[0]! : values.join(String(this.variables.get('OFS')))) +
              String(this.variables.get('ORS')),
          );
        return;
      }
      case 'expression':
        this.value(statement.value);
        return;
      case 'if':
        if (truth(this.value(statement.test))) this.execute(statement.yes, output);
        else if (statement.no !== undefined) this.execute(statement.no, output);
        return;
      case 'each':
        for (const key of [...(this.arrays.get(statement.array)?.keys() ?? [])]) {
          this.variables.set(statement.name, key);
          this.execute(statement.body, output);
        }
        return;
      case 'block':
        this.run(statement.body, output);
        return;
      case 'next':
        throw new NextLine();
      case 'exit':
        this.ended = true;
        if (statement.code !== undefined) this.exitCode = numeric(this.value(statement.code));
    }
  }

  private array(name: string): Map<string, string | number> {
    let array = this.arrays.get(name);
    if (array === undefined) {
      array = new Map();
      this.arrays.set(name, array);
    }
    return array;
  }

  private value(expression: Expression): string | number {
    switch (expression.kind) {
      case 'number':
      case 'string':
        return expression.value;
      case 'regex':
        return expression.value.test(this.fields[0]!) ? 1 : 0;
      case 'variable':
        if (expression.name === 'NR' || expression.name === 'FNR') return this.count;
        if (expression.name === 'NF') return this.fields.length - 1;
        return this.variables.get(expression.name) ?? '';
      case 'element':
        return this.array(expression.name).get(text(this.value(expression.index))) ?? '';
      case 'field':
        return looksNumeric(this.fields[numeric(this.value(expression.index))] ?? '');
      case 'unary': {
        const value = this.value(expression.operand);
        if (expression.operator === '!') return truth(value) ? 0 : 1;
        return expression.operator === '-' ? -numeric(value) : numeric(value);
      }
      case 'binary':
        return this.binary(expression);
      case 'assign': {
        const right = this.value(expression.value);
        const operator = expression.operator.slice(0, -1);
        const value =
          operator === '' ? right : compute(operator, numeric(this.value(expression.target)), numeric(right));
        this.store(expression.target, value);
        return value;
      }
      case 'step': {
        const before = numeric(this.value(expression.target));
        this.store(expression.target, before + expression.by);
        return expression.prefix ? before + expression.by : before;
      }
      case 'choice':
        return this.value(truth(this.value(expression.test)) ? expression.yes : expression.no);
      case 'call':
        return this.call(expression.name, expression.args);
    }
  }

  private store(target: Expression, value: string | number): void {
    if (target.kind === 'variable') this.variables.set(target.name, value);
    else if (target.kind === 'element') this.array(target.name).set(text(this.value(target.index)), value);
    else if (target.kind === 'field') {
      const index = numeric(this.value(target.index));
      if (index === 0) this.split(text(value));
      else if (index > 0 && index < 10_000) {
        while (this.fields.length <= index) this.fields.push('');
        this.fields[index] = text(value);
        this.fields[0] = this.fields.slice(1).join(String(this.variables.get('OFS')));
      }
    }
  }

  private binary({ operator, left, right }: Extract<Expression, { kind: 'binary' }>): string | number {
    if (operator === '&&') return truth(this.value(left)) && truth(this.value(right)) ? 1 : 0;
    if (operator === '||') return truth(this.value(left)) || truth(this.value(right)) ? 1 : 0;
    if (operator === 'in')
      return right.kind === 'variable' && this.array(right.name).has(text(this.value(left))) ? 1 : 0;
    if (operator === '~' || operator === '!~') {
      const pattern = right.kind === 'regex' ? right.value : posixRegex(text(this.value(right)), true, '');
      return pattern.test(text(this.value(left))) === (operator === '~') ? 1 : 0;
    }
    const a = this.value(left);
    const b = this.value(right);
    if (operator === ' ') return text(a) + text(b);
    if ('<=>=!='.includes(operator)) {
      const order =
        typeof a === 'number' && typeof b === 'number' ? a - b : text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0;
      const answers: Record<string, boolean> = {
        '<': order < 0,
        '<=': order <= 0,
        '>': order > 0,
        '>=': order >= 0,
        '==': order === 0,
        '!=': order !== 0,
      };
      return answers[operator] === true ? 1 : 0;
    }
    return compute(operator, numeric(a), numeric(b));
  }

  private call(name: string, args: readonly Expression[]): string | number {
    const first = args[0] === undefined || args[0].kind === 'regex' ? '' : this.value(args[0]);
    const value = (index: number) => (args[index] === undefined ? undefined : this.value(args[index]));
    switch (name) {
      case 'length':
        if (args[0]?.kind === 'variable' && this.arrays.has(args[0].name)) return this.array(args[0].name).size;
        return (args.length === 0 ? this.fields[0]! : text(first)).length;
      case 'substr': {
        const start = numeric(value(1) ?? 1);
        const from = Math.max(1, start);
        const length = value(2) === undefined ? undefined : Math.max(0, numeric(value(2)!) - (from - start));
        return text(first).substr(from - 1, length);
      }
      case 'toupper':
        return text(first).toUpperCase();
      case 'tolower':
        return text(first).toLowerCase();
      case 'index':
        return text(first).indexOf(text(value(1) ?? '')) + 1;
      case 'int':
        return Math.trunc(numeric(first));
      case 'sprintf':
        return formatPrintf(
          text(first),
          args.slice(1).map((arg) => text(this.value(arg))),
        ).text;
      case 'split': {
        const array = args[1]?.kind === 'variable' ? this.array(args[1].name) : undefined;
        const parts = this.parts(text(first), text(value(2) ?? this.variables.get('FS') ?? ' '));
        array?.clear();
        for (const [index, part] of parts.entries()) array?.set(String(index + 1), looksNumeric(part));
        return parts.length;
      }
      default: {
        const pattern = args[0]?.kind === 'regex' ? args[0].value : posixRegex(text(first), true, '');
        const target: Expression = args[2] ?? { kind: 'field', index: { kind: 'number', value: 0 } };
        const replacement = text(value(1) ?? '');
        let count = 0;
        const changed = text(this.value(target)).replace(
          new RegExp(pattern.source, name === 'gsub' ? 'g' : ''),
          (found) => {
            count++;
            return replacement.replace(/\\?&/g, (mark) => (mark === '&' ? found : '&'));
          },
        );
        if (count > 0) this.store(target, changed);
        return count;
      }
    }
  }
}

function truth(value: string | number): boolean {
  return typeof value === 'number' ? value !== 0 : value !== '';
}

function numeric(value: string | number): number {
  return typeof value === 'number'
    ? value
    : Number(/^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?/.exec(value)?.[0] ?? '0');
}

function text(value: string | number): string {
  if (typeof value === 'string') return value;
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}

/** Input that looks like a number is one. */
function looksNumeric(value: string): string | number {
  return /^\s*[-+]?(\d+\.?\d*|\.\d+)\s*$/.test(value) && String(Number(value)) === value.trim() ? Number(value) : value;
}

function compute(operator: string, a: number, b: number): number {
  if ((operator === '/' || operator === '%') && b === 0) throw new ToolError('Division by zero');
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    default:
      return a % b;
  }
}
