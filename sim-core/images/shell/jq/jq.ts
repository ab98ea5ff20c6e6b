import { type Coroutine, SECOND } from '../../../engine/index.ts';
import { type Tool, ToolError } from '../applets/tool.ts';
import { standardDefinitions } from './builtins/in-jq.ts';
import { Machine } from './evaluator.ts';
import { parseProgram } from './parser.ts';
import { Scope } from './scope.ts';
import type { Node } from './syntax.ts';
import { copyOf, JqError, type Json, parseMany, parseOne, toPretty, toText, truthy } from './values.ts';

interface Options {
  raw: boolean;
  join: boolean;
  compact: boolean;
  slurp: boolean;
  nothing: boolean;
  rawInput: boolean;
  status: boolean;
  sorted: boolean;
  indent: string;
}

const LONGS: Readonly<Record<string, string>> = {
  'raw-output': 'r',
  'join-output': 'j',
  'compact-output': 'c',
  slurp: 's',
  'null-input': 'n',
  'raw-input': 'R',
  'exit-status': 'e',
  'sort-keys': 'S',
  'ascii-output': 'a',
  'color-output': 'C',
  'monochrome-output': 'M',
  unbuffered: 'u',
};

let standard: Scope | undefined;

/** The scope in which programs run: the builtins that are written in jq itself. */
export function standardScope(): Scope {
  if (standard === undefined) {
    standard = new Scope();
    for (const definition of standardDefinitions()) standard.define(definition);
  }
  return standard;
}

/** `jq [options] PROGRAM [FILE]...`, as jq 1.7. */
export function* jq(tool: Tool): Coroutine<number> {
  const options: Options = {
    raw: false,
    join: false,
    compact: false,
    slurp: false,
    nothing: false,
    rawInput: false,
    status: false,
    sorted: false,
    indent: '  ',
  };
  const scope = new Scope(standardScope());
  const named = copyOf();
  const positional: Json[] = [];
  const files: string[] = [];
  let source: string | undefined;
  let rest: 'files' | 'text' | 'json' = 'files';
  for (let index = 0; index < tool.args.length; index++) {
    const arg = tool.args[index]!;
    const next = () => {
      const value = tool.args[++index];
      if (value === undefined) throw new ToolError(`${arg} takes more parameters`, 2);
      return value;
    };
    if (arg === '--arg') {
      const name = next();
      named[name] = next();
    } else if (arg === '--argjson') {
      const name = next();
      named[name] = parseOne(next());
    } else if (arg === '--slurpfile' || arg === '--rawfile') {
      const name = next();
      const text = yield* tool.content(next());
      named[name] = arg === '--rawfile' ? text : parseMany(text);
    } else if (arg === '--args') rest = 'text';
    else if (arg === '--jsonargs') rest = 'json';
    else if (arg === '--indent') options.indent = ' '.repeat(Math.min(7, Number(next()) || 0));
    else if (arg === '--tab') options.indent = '\t';
    else if (arg === '-f' || arg === '--from-file') source = yield* tool.content(next());
    else if (arg === '-h' || arg === '--help') {
      tool.out('Usage:\tjq [OPTIONS] FILTER [FILES...]\n');
      return 0;
    } else if (arg === '--version') {
      tool.out('jq-1.7.1\n');
      return 0;
    } else if (/^--?[A-Za-z]/.test(arg)) setLetters(arg, options);
    else if (source === undefined) source = arg;
    else if (rest === 'files') files.push(arg);
    else positional.push(rest === 'text' ? arg : parseOne(arg));
  }
  if (source === undefined) throw new ToolError('Usage:\tjq [OPTIONS] FILTER [FILES...]', 2);
  for (const [name, value] of Object.entries(named)) scope.setVariable(name, value);
  scope.setVariable('ARGS', Object.assign(copyOf(), { positional, named }));
  scope.setVariable('ENV', Object.assign(copyOf(), tool.process.env));
  scope.setVariable('__now', tool.process.now() / SECOND);
  let program: Node;
  try {
    program = parseProgram(source);
  } catch (error) {
    if (!(error instanceof JqError)) throw error;
    tool.process.stderr.write(
      `jq: error: ${error.message} (Unix shell quoting issues?) at <top-level>\njq: 1 compile error\n`,
    );
    return 3;
  }
  let text = '';
  if (!options.nothing && !(yield* tool.eachFile(files, (content) => (text += content)))) return 2;
  return yield* filter(tool, program, scope, text, options);
}

function setLetters(arg: string, options: Options): void {
  let letters = arg.slice(1);
  if (arg.startsWith('--')) {
    if (!Object.hasOwn(LONGS, arg.slice(2))) throw new ToolError(`Unknown arguments: ${arg}`, 2);
    letters = LONGS[arg.slice(2)]!;
  }
  for (const letter of letters) {
    if (letter === 'r') options.raw = true;
    else if (letter === 'j') options.join = true;
    else if (letter === 'c') options.compact = true;
    else if (letter === 's') options.slurp = true;
    else if (letter === 'n') options.nothing = true;
    else if (letter === 'R') options.rawInput = true;
    else if (letter === 'e') options.status = true;
    else if (letter === 'S') options.sorted = true;
    else if (!'aCMu'.includes(letter)) throw new ToolError(`Unknown arguments: ${arg}`, 2);
  }
}

function inputsOf(text: string, { nothing, rawInput, slurp }: Options): Json[] {
  if (nothing) return [null];
  if (rawInput) {
    if (slurp) return [text];
    const lines = text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    return lines;
  }
  const values = parseMany(text);
  return slurp ? [values] : values;
}

function* filter(tool: Tool, program: Node, scope: Scope, text: string, options: Options): Coroutine<number> {
  let code = 0;
  let last: Json | undefined;
  let inputs: Json[];
  try {
    inputs = inputsOf(text, options);
  } catch (error) {
    if (!(error instanceof JqError)) throw error;
    tool.process.stderr.write(`jq: error (at <stdin>:0): ${error.message}\n`);
    return 2;
  }
  for (const input of inputs) {
    try {
      for (const value of new Machine().values(program, input, scope)) {
        last = value;
        tool.out(textOf(value, options));
      }
    } catch (error) {
      if (!(error instanceof JqError)) throw error;
      tool.process.stderr.write(`jq: error (at <stdin>:0): ${error.message}\n`);
      code = 5;
    }
    yield* tool.send('');
  }
  if (code !== 0 || !options.status) return code;
  return last === undefined ? 4 : truthy(last) ? 0 : 1;
}

function textOf(value: Json, options: Options): string {
  const end = options.join ? '' : '\n';
  if ((options.raw || options.join) && typeof value === 'string') return value + end;
  if (options.compact || options.join) return toText(value, options.sorted) + end;
  return toPretty(value, options.indent, options.sorted) + end;
}
