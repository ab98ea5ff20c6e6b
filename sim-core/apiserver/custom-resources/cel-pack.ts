import { Environment } from '@marcbachmann/cel-js';
import { isObject } from '../../api/equality.ts';
import type { CelCompiler } from './cel.ts';
import { addAuthorizer, authorizerOf } from './cel-authorizer.ts';
import { addFormats } from './cel-formats.ts';
import { addTextsAndLists } from './cel-texts-and-lists.ts';
import { addTypes } from './cel-types.ts';
import { addUrls } from './cel-urls.ts';
import { fieldSchema, type JsonSchema } from './json-schema.ts';

const EXPECTED =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";
const LIMITS = { maxAstNodes: 10_000, maxDepth: 100 };

interface CelError {
  message: string;
  pos?: number;
  node?: { pos?: number };
}

/** CEL as apiextensions uses it, on a library. Kubernetes' own functions and types are in the files beside this one. */
export const celCompiler: CelCompiler = {
  compile(expression, type) {
    const program = programOf(environmentFor(type), expression);
    return (self, oldSelf) => program({ self, oldSelf: oldSelf ?? null });
  },
  compileFor(expression, names) {
    const key = `${names.join(' ')}\n${expression}`;
    let program = programs.get(key);
    if (program === undefined) {
      program = programOf(environmentOf(names), expression);
      if (programs.size >= PROGRAMS_KEPT) programs.clear();
      programs.set(key, program);
    }
    return program;
  },
  toCel,
  authorizerOf,
};

type Program = (values: Readonly<Record<string, unknown>>) => unknown;

const PROGRAMS_KEPT = 1000;
const programs = new Map<string, Program>();

/** Reads and checks an expression. Throws an Error in cel-go's words, now or when it is evaluated. */
function programOf(environment: Environment, expression: string): Program {
  let program: ReturnType<Environment['parse']>;
  try {
    program = environment.parse(expression);
  } catch (error) {
    throw new Error(compilation(expression, error as CelError));
  }
  const checked = program.check();
  if (!checked.valid) throw new Error(compilation(expression, checked.error as unknown as CelError));
  return (values) => {
    try {
      return program(values as Record<string, unknown>);
    } catch (error) {
      throw new Error((error as Error).message.split('\n', 1)[0]!.replace(/^No such key/, 'no such key'));
    }
  };
}

const environments = new Map<string, Environment>();

function environmentOf(names: readonly string[]): Environment {
  const key = names.join(' ');
  let environment = environments.get(key);
  if (environment === undefined) {
    environment = newEnvironment();
    for (const name of names) environment.registerVariable(name, 'dyn');
    environments.set(key, environment);
  }
  return environment;
}

function environmentFor(type: string): Environment {
  let environment = environments.get(type);
  if (environment === undefined) {
    environment = newEnvironment().registerVariable('self', type).registerVariable('oldSelf', type);
    environments.set(type, environment);
  }
  return environment;
}

/** CEL with the functions and types that Kubernetes adds. */
function newEnvironment(): Environment {
  const environment = new Environment({
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits: LIMITS,
  });
  addTextsAndLists(environment);
  addUrls(environment);
  addFormats(environment);
  addAuthorizer(environment);
  addTypes(environment);
  return environment;
}

/** A compilation error in cel-go's words, with the place marked below the expression. */
function compilation(expression: string, error: CelError): string {
  const [first = ''] = error.message.split('\n', 1);
  const line = expression.split('\n', 1)[0]!;
  const overload = /^no such overload: (.+?) (\S+) (.+)$/.exec(first);
  const unknown = /^Unknown variable: (.+)$/.exec(first);
  const end = /Unexpected token: EOF/.test(first);
  const column = end ? line.length : columnOf(error.message, line);
  const what = end
    ? `Syntax error: mismatched input '<EOF>' expecting ${EXPECTED}`
    : overload !== null
      ? `found no matching overload for '_${overload[2]}_' applied to '(${overload[1]}, ${overload[3]})'`
      : unknown !== null
        ? `undeclared reference to '${unknown[1]}' (in container '')`
        : first;
  const place = overload !== null ? Math.max(line.indexOf(` ${overload[2]} `) + 1, 0) : column;
  return `compilation failed: ERROR: <input>:1:${place + 1}: ${what}\n | ${line}\n | ${'.'.repeat(place)}^`;
}

/** Where the library's own picture points. */
function columnOf(message: string, line: string): number {
  const lines = message.split('\n');
  const at = lines.findIndex((one) => one.trim() === '^');
  if (at < 1) return 0;
  return Math.max(0, lines[at]!.indexOf('^') - (lines[at - 1]!.length - line.length));
}

function toCel(value: unknown, schema: JsonSchema | undefined): unknown {
  if (typeof value === 'number') {
    const isInteger = schema?.type === 'integer' || (schema?.type !== 'number' && Number.isInteger(value));
    return isInteger ? BigInt(Math.trunc(value)) : value;
  }
  if (Array.isArray(value)) return value.map((item) => toCel(item, schema?.items));
  if (!isObject(value)) return value;
  const result: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    if (name === '__proto__') continue;
    result[name] = toCel(value[name], schema === undefined ? undefined : fieldSchema(schema, name));
  }
  return result;
}
