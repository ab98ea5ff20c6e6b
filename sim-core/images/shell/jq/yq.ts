import { parseAllDocuments, stringify } from 'yaml';
import type { Coroutine } from '../../../engine/index.ts';
import { type Tool, ToolError } from '../applets/tool.ts';
import { Machine } from './evaluator.ts';
import { standardScope } from './jq.ts';
import { parseProgram } from './parser.ts';
import { Scope } from './scope.ts';
import type { Node } from './syntax.ts';
import { JqError, type Json, toPretty } from './values.ts';

const MOST_ALIASES = 100;

/** `yq [options] [EXPRESSION] [FILE]...` after yq v4: YAML in, jq's language, YAML out. */
export function* yq(tool: Tool): Coroutine<number> {
  const words = tool.args.filter((word, index) => !((word === 'e' || word === 'eval') && index === 0));
  let output = 'yaml';
  let inPlace = false;
  let nothing = false;
  let raw = true;
  const operands: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (word === '-o' || word === '--output-format') output = words[++index] ?? 'yaml';
    else if (word.startsWith('-o=') || word.startsWith('--output-format=')) output = word.slice(word.indexOf('=') + 1);
    else if (/^-o./.test(word)) output = word.slice(2);
    else if (word === '-j') output = 'json';
    else if (word === '-i' || word === '--inplace') inPlace = true;
    else if (word === '-n' || word === '--null-input') nothing = true;
    else if (word === '-r' || word === '--unwrapScalar' || word === '--unwrapScalar=true') raw = true;
    else if (word === '-r=false' || word === '--unwrapScalar=false') raw = false;
    else if (word === '-P' || word === '--prettyPrint' || word === '-M' || word === '-C' || word === '-p=yaml')
      continue;
    else if (/^-./.test(word)) throw new ToolError(`unknown flag: ${word}`, 1);
    else operands.push(word);
  }
  const isFile = (word: string) => word === '-' || tool.process.files.stat(tool.path(word))?.kind === 'file';
  const source = operands.length > 0 && !(operands.length === 1 && isFile(operands[0]!)) ? operands.shift()! : '.';
  let program: Node;
  try {
    program = parseProgram(source);
  } catch (error) {
    if (!(error instanceof JqError)) throw error;
    throw new ToolError(`Error: ${error.message}`, 1);
  }
  const scope = new Scope(standardScope());
  scope.setVariable('ENV', Object.assign(Object.create(null) as { [key: string]: Json }, tool.process.env));
  const format = output.startsWith('j') ? 'json' : 'yaml';
  const run = (text: string) => render(evaluate(program, scope, nothing ? [null] : documentsOf(text)), format, raw);
  if (nothing) tool.out(run(''));
  else if (inPlace) {
    for (const file of operands) tool.process.files.write(tool.path(file), run(yield* tool.content(file)));
  } else for (const file of operands.length === 0 ? ['-'] : operands) yield* tool.send(run(yield* tool.content(file)));
  return 0;
}

function documentsOf(text: string): Json[] {
  const documents = parseAllDocuments(text, { prettyErrors: false, uniqueKeys: false });
  if (!Array.isArray(documents)) return [];
  return documents.map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new ToolError(`Error: bad file: yaml: ${error.message.split('\n')[0]}`, 1);
    return plainJson(document.toJS({ maxAliasCount: MOST_ALIASES }));
  });
}

/** What YAML gives as JSON: no dates, no prototypes. */
function plainJson(value: unknown): Json {
  if (Array.isArray(value)) return value.map(plainJson);
  if (typeof value === 'object' && value !== null) {
    const made = Object.create(null) as { [key: string]: Json };
    for (const [key, item] of Object.entries(value)) made[key] = plainJson(item);
    return made;
  }
  if (typeof value === 'bigint') return Number(value);
  return value === undefined ? null : (value as Json);
}

function evaluate(program: Node, scope: Scope, documents: readonly Json[]): Json[] {
  const results: Json[] = [];
  for (const document of documents) {
    try {
      results.push(...new Machine().values(program, document, scope));
    } catch (error) {
      if (!(error instanceof JqError)) throw error;
      throw new ToolError(`Error: ${error.message}`, 1);
    }
  }
  return results;
}

function render(values: readonly Json[], format: 'json' | 'yaml', raw: boolean): string {
  if (format === 'json') return values.map((value) => `${toPretty(value, '  ', false)}\n`).join('');
  const texts = values.map((value) =>
    typeof value === 'string' && raw ? `${value}\n` : stringify(value, { lineWidth: 0, aliasDuplicateObjects: false }),
  );
  const whole = values.every((value) => typeof value === 'object' && value !== null);
  return whole ? texts.join('---\n') : texts.join('');
}
