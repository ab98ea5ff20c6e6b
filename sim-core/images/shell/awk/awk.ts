import type { Coroutine } from '../../../engine/index.ts';
import { type Tool, ToolError } from '../applets/tool.ts';
import { Machine } from './machine.ts';
import { parseProgram } from './parser.ts';
import type { Value } from './values.ts';

/**
 * A small `awk`: patterns (/regex/, comparisons, ranges, BEGIN, END) and the statements print, printf, assignment, ++, +=, if/else,
 * for (key in array), next, exit; fields, NR, NF, FS, OFS, variables, arrays, arithmetic, concatenation, ?:, and the functions of
 * `functions.ts`. Other loops, functions of one's own and getline are refused.
 */
export function* awk(tool: Tool): Coroutine<number> {
  const variables = new Map<string, Value>([
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
  const rules = parseProgram(program);
  const machine = new Machine(variables);
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
