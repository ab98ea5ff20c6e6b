import { parse } from 'unbash';

/** One simple command: its words, unquoted, and where its output goes. */
export interface SimpleCommand {
  readonly words: readonly string[];
  readonly redirect?: { readonly file: string; readonly append: boolean };
}

/** Commands in order; `when` says on what outcome of the one before it each runs. */
export interface Step {
  readonly when: 'always' | 'success' | 'failure';
  readonly command: SimpleCommand;
}

/** A line cannot be run here: it is not finished, or wants more than this terminal has. */
export class LineError extends Error {
  override readonly name = 'LineError';
  readonly reason: 'unclosed' | 'not-here';
  /** What it wanted: `|`, `for` … */
  readonly what: string;

  constructor(reason: LineError['reason'], what: string) {
    super(`${reason}: ${what}`);
    this.reason = reason;
    this.what = what;
  }
}

type Script = ReturnType<typeof parse>;
type Node = Script['commands'][number]['command'];

/** What a learner typed, as commands. Throws a LineError. */
export function readLine(line: string): Step[] {
  const script = parse(line);
  if (script.errors !== undefined && script.errors.length > 0) throw new LineError('unclosed', line);
  return script.commands.flatMap(({ command, background }) => {
    if (background === true) throw new LineError('not-here', '&');
    return stepsOf(command, 'always');
  });
}

function stepsOf(node: Node, when: Step['when']): Step[] {
  if (node.type === 'AndOr') {
    return node.commands.flatMap((inner, index) => {
      const operator = node.operators[index - 1];
      return stepsOf(inner, index === 0 ? when : operator === '&&' ? 'success' : 'failure');
    });
  }
  if (node.type === 'Pipeline') throw new LineError('not-here', '|');
  if (node.type !== 'Command') throw new LineError('not-here', node.type.toLowerCase());
  if (node.name === undefined) {
    if (node.prefix.length > 0) throw new LineError('not-here', '=');
    return [];
  }
  const words = [node.name, ...node.args].map((word) => {
    if (word.type !== 'Word') throw new LineError('not-here', '=');
    if (word.parts?.some(({ type }) => type.includes('Expansion')) === true) throw new LineError('not-here', '$');
    return word.value;
  });
  const [redirect, ...more] = node.redirects;
  if (redirect === undefined) return [{ when, command: { words } }];
  const plain = redirect.type === 'Redirect' && (redirect.operator === '>' || redirect.operator === '>>');
  if (!plain || more.length > 0 || redirect.target === undefined) throw new LineError('not-here', redirect.operator);
  return [{ when, command: { words, redirect: { file: redirect.target.value, append: redirect.operator === '>>' } } }];
}
