import type { AndOr, ArithmeticExpression, CompoundList, Pipeline, PipelineNode, TestExpression } from 'unbash';
import { type Coroutine, SECOND } from '../../engine/index.ts';
import { NO_INPUT, Pipe } from '../pipe.ts';
import type { ChildProcess } from '../process.ts';
import { posixRegex } from './applets/regex.ts';
import { ToolError } from './applets/tool.ts';
import { arithmetic, expandPattern, expandText, expandWords, ShellError } from './expansion.ts';
import { LoopJump } from './jumps.ts';
import { matchPattern } from './pattern.ts';
import { redirected } from './redirections.ts';
import type { Shell } from './shell.ts';
import { BUILTIN_TIME, runCommand } from './simple-command.ts';
import { evaluateTest } from './test-expression.ts';

export function* runNode(shell: Shell, node: PipelineNode | AndOr): Coroutine<number> {
  switch (node.type) {
    case 'Command':
      return yield* shell.failing(yield* runCommand(shell, node));
    case 'AndOr':
      return yield* andOr(shell, node);
    case 'Pipeline':
      return yield* pipeline(shell, node);
    case 'If': {
      if ((yield* condition(shell, node.clause)) === 0) return yield* shell.list(node.then);
      for (const elif of node.elif)
        if ((yield* condition(shell, elif.clause)) === 0) return yield* shell.list(elif.then);
      return node.else === undefined ? 0 : yield* shell.list(node.else);
    }
    case 'While': {
      const goOn = node.kind === 'while';
      let status = 0;
      yield* loop(shell, function* (shell) {
        if (((yield* condition(shell, node.clause)) === 0) !== goOn) return false;
        status = yield* shell.list(node.body);
        return true;
      });
      return status;
    }
    case 'For': {
      const values = node.wordlist === undefined ? [...shell.positional] : yield* expandWords(node.wordlist, shell);
      let index = 0;
      let status = 0;
      yield* loop(shell, function* (shell) {
        if (index >= values.length) return false;
        shell.set(node.name.value, values[index++]!);
        status = yield* shell.list(node.body);
        return true;
      });
      return status;
    }
    case 'ArithmeticFor': {
      const compute = (part: ArithmeticExpression | undefined) =>
        part === undefined ? nothing('1') : arithmetic(expressionText(part), shell);
      yield* compute(node.initialize);
      let started = false;
      let status = 0;
      yield* loop(shell, function* () {
        if (started) yield* compute(node.update);
        started = true;
        if ((yield* compute(node.test)) === '0') return false;
        status = yield* shell.list(node.body);
        return true;
      });
      return status;
    }
    case 'Case': {
      const text = yield* expandText(node.word, shell);
      for (const item of node.items) {
        for (const word of item.pattern) {
          if (matchPattern(yield* expandPattern(word, shell), text)) return yield* shell.list(item.body);
        }
      }
      return 0;
    }
    case 'BraceGroup':
      return yield* shell.list(node.body);
    case 'Subshell': {
      const child = shell.fork((shell) => shell.list(node.body));
      return yield* shell.failing(yield* shell.waitFor(child));
    }
    case 'Function':
      shell.functions.set(node.name.value, node.body);
      return 0;
    case 'Redirected':
      return yield* redirected(shell, node.redirects, () => shell.node(node.command));
    case 'TestCommand':
      return yield* shell.failing((yield* testExpression(shell, node.expression)) ? 0 : 1);
    case 'ArithmeticCommand':
      return yield* shell.failing((yield* arithmetic(node.body, shell)) === '0' ? 1 : 0);
    default:
      throw new ShellError(`syntax error: ${node.type} is not supported by shell shell`);
  }
}

/** A list whose failure does not end a shell with `-e`. */
export function* condition(shell: Shell, list: CompoundList): Coroutine<number> {
  shell.errexitIgnored++;
  try {
    return yield* shell.list(list);
  } finally {
    shell.errexitIgnored--;
  }
}

export function* andOr(shell: Shell, node: AndOr): Coroutine<number> {
  let status = 0;
  for (let index = 0; index < node.commands.length; index++) {
    const operator = node.operators[index - 1];
    if (index > 0 && (operator === '&&') !== (status === 0)) continue;
    const last = index === node.commands.length - 1;
    if (!last) shell.errexitIgnored++;
    try {
      status = yield* shell.node(node.commands[index]!);
    } finally {
      if (!last) shell.errexitIgnored--;
    }
  }
  return status;
}

export function* pipeline(shell: Shell, node: Pipeline): Coroutine<number> {
  const negated = node.prefixes.some((prefix) => prefix.type === 'Negation');
  const started = shell.process.now();
  if (negated) shell.errexitIgnored++;
  let status: number;
  try {
    status = node.commands.length === 1 ? yield* shell.node(node.commands[0]!) : yield* pipe(shell, node);
  } finally {
    if (negated) shell.errexitIgnored--;
  }
  if (node.prefixes.some((prefix) => prefix.type === 'Time')) {
    const time = (shell.process.now() - started) / SECOND;
    const minutes = Math.floor(time / 60);
    const bash = shell.dialect === 'bash';
    const [gap, zero] = bash ? ['', '0.000'] : [' ', '0.00'];
    const seconds = (time - minutes * 60).toFixed(bash ? 3 : 2);
    const text = `real\t${minutes}m${gap}${seconds}s\nuser\t0m${gap}${zero}s\nsys\t0m${gap}${zero}s\n`;
    shell.fds.get(2)?.output.write(bash ? `\n${text}` : text);
  }
  return negated ? (status === 0 ? 1 : 0) : yield* shell.failing(status);
}

export function* pipe(shell: Shell, node: Pipeline): Coroutine<number> {
  const children: ChildProcess[] = [];
  let input: Pipe | undefined;
  for (const [index, command] of node.commands.entries()) {
    const output = index < node.commands.length - 1 ? new Pipe() : undefined;
    const from = input;
    const withErrors = node.operators[index] === '|&';
    const child = shell.fork(
      (shell) => shell.last(command),
      (fds) => {
        if (from !== undefined) fds.set(0, { input: from, output: fds.get(0)!.output });
        if (output === undefined) return;
        fds.set(1, { input: NO_INPUT, output });
        if (withErrors) fds.set(2, { input: NO_INPUT, output });
      },
    );
    child.onEnd(() => {
      output?.close();
      from?.closeReader();
    });
    children.push(child);
    input = output;
  }
  const statuses: number[] = [];
  for (const child of children) statuses.push(yield* shell.waitFor(child));
  if (shell.options.pipefail) return statuses.findLast((status) => status !== 0) ?? 0;
  return statuses.at(-1)!;
}

export function* loop(shell: Shell, turn: (shell: Shell) => Coroutine<boolean>): Coroutine {
  shell.loopDepth++;
  try {
    for (;;) {
      try {
        if (!(yield* turn(shell))) return;
      } catch (jump) {
        if (!(jump instanceof LoopJump)) throw jump;
        if (jump.levels > 1 && shell.loopDepth > 1) {
          jump.levels--;
          throw jump;
        }
        if (jump.kind === 'break') {
          shell.status = 0;
          return;
        }
      }
      yield* shell.tick(BUILTIN_TIME);
    }
  } finally {
    shell.loopDepth--;
  }
}

export function* testExpression(shell: Shell, expression: TestExpression): Coroutine<boolean> {
  switch (expression.type) {
    case 'TestUnary':
      return evaluateTest([expression.operator, yield* expandText(expression.operand, shell)], shell.process);
    case 'TestBinary': {
      const left = yield* expandText(expression.left, shell);
      if (['=', '==', '!='].includes(expression.operator)) {
        return matchPattern(yield* expandPattern(expression.right, shell), left) === (expression.operator !== '!=');
      }
      if (expression.operator === '=~') return matchRegular(shell, left, yield* expandText(expression.right, shell));
      return evaluateTest([left, expression.operator, yield* expandText(expression.right, shell)], shell.process);
    }
    case 'TestLogical':
      for (const operand of expression.operands) {
        const value = yield* testExpression(shell, operand);
        if (value === (expression.operator === '||')) return value;
      }
      return expression.operator === '&&';
    case 'TestNot': {
      const value = yield* testExpression(shell, expression.operand);
      return expression.negations.length % 2 === 1 ? !value : value;
    }
    case 'TestGroup':
      return yield* testExpression(shell, expression.expression);
  }
}

/** `=~`: an extended regular expression; what its groups matched is in BASH_REMATCH. Throws `ShellError` for one that cannot be read. */
function matchRegular(shell: Shell, text: string, pattern: string): boolean {
  let regular: RegExp;
  try {
    regular = posixRegex(pattern, true, '');
  } catch (error) {
    if (error instanceof ToolError) throw new ShellError(error.message);
    throw error;
  }
  const match = regular.exec(text);
  const groups = [...(match ?? [])].map((group, index): [string, string] => [String(index), group ?? '']);
  shell.setItems('BASH_REMATCH', new Map(groups));
  return match !== null;
}

/** An arithmetic expression as text again. */
function expressionText(node: ArithmeticExpression): string {
  switch (node.type) {
    case 'ArithmeticBinary':
      return `(${expressionText(node.left)} ${node.operator} ${expressionText(node.right)})`;
    case 'ArithmeticUnary':
      return node.prefix
        ? `${node.operator}${expressionText(node.operand)}`
        : `${expressionText(node.operand)}${node.operator}`;
    case 'ArithmeticTernary':
      return `(${expressionText(node.test)} ? ${expressionText(node.consequent)} : ${expressionText(node.alternate)})`;
    case 'ArithmeticGroup':
      return `(${expressionText(node.expression)})`;
    case 'ArithmeticWord':
      return node.value;
    default:
      return node.text;
  }
}

// biome-ignore lint/correctness/useYield: a coroutine that is done at once
function* nothing<T>(value: T): Coroutine<T> {
  return value;
}
