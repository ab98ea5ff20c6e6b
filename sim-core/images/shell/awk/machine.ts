import { posixRegex } from '../applets/regex.ts';
import { formatPrintf } from '../printf.ts';
import { Fields } from './fields.ts';
import { callFunction } from './functions.ts';
import type { Expression, Rule, Statement } from './syntax.ts';
import { compute, numeric, text, truth, type Value } from './values.ts';

/** `next`, on its way out of the rules. */
class NextLine {}

/** Runs the rules of a program, line after line. */
export class Machine {
  /** What `exit` was given. */
  exitCode = 0;
  private ended = false;
  private readonly variables: Map<string, Value>;
  private readonly arrays = new Map<string, Map<string, Value>>();
  private readonly fields = new Fields();
  private count = 0;

  constructor(variables: Map<string, Value>) {
    this.variables = variables;
  }

  /** The line at hand, `$0`. */
  get record(): string {
    return this.fields.line;
  }

  /** `FS`. */
  get separator(): string {
    return String(this.variables.get('FS') ?? ' ');
  }

  /** Runs the rules on one line of input; `END` and `BEGIN` are not among them. */
  line(text: string, rules: readonly Rule[], output: (text: string) => void): void {
    if (this.ended) return;
    this.count++;
    this.fields.read(text, this.separator);
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

  /** Runs statements. */
  run(body: readonly Statement[], output: (text: string) => void): void {
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

  private execute(statement: Statement, output: (text: string) => void): void {
    switch (statement.kind) {
      case 'print': {
        const values = statement.args.map((arg) => text(this.value(arg)));
        if (statement.format) output(formatPrintf(values[0] ?? '', values.slice(1)).text);
        else
          output(
            (values.length === 0 ? this.fields.line : values.join(String(this.variables.get('OFS')))) +
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

  /** Whether there is such an array already: asking for it makes it. */
  hasArray(name: string): boolean {
    return this.arrays.has(name);
  }

  array(name: string): Map<string, Value> {
    let array = this.arrays.get(name);
    if (array === undefined) {
      array = new Map();
      this.arrays.set(name, array);
    }
    return array;
  }

  /** What an expression gives. */
  value(expression: Expression): Value {
    switch (expression.kind) {
      case 'number':
      case 'string':
        return expression.value;
      case 'regex':
        return expression.value.test(this.fields.line) ? 1 : 0;
      case 'variable':
        if (expression.name === 'NR' || expression.name === 'FNR') return this.count;
        if (expression.name === 'NF') return this.fields.count;
        return this.variables.get(expression.name) ?? '';
      case 'element':
        return this.array(expression.name).get(text(this.value(expression.index))) ?? '';
      case 'field':
        return this.fields.get(numeric(this.value(expression.index)));
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
        return callFunction(this, expression.name, expression.args);
    }
  }

  /** Sets a variable, an element or a field; nothing else can be set. */
  store(target: Expression, value: Value): void {
    if (target.kind === 'variable') this.variables.set(target.name, value);
    else if (target.kind === 'element') this.array(target.name).set(text(this.value(target.index)), value);
    else if (target.kind === 'field') {
      const index = numeric(this.value(target.index));
      if (index === 0) this.fields.read(text(value), this.separator);
      else this.fields.set(index, text(value), String(this.variables.get('OFS')));
    }
  }

  private binary({ operator, left, right }: Extract<Expression, { kind: 'binary' }>): Value {
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
}
