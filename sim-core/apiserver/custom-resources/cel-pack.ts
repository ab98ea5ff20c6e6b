import { Environment } from '@marcbachmann/cel-js';
import { isObject } from '../../api/equality.ts';
import type { CelCompiler, CelProgram } from './cel.ts';
import { addAuthorizer, authorizerOf } from './cel-authorizer.ts';
import { checkTree } from './cel-checks.ts';
import { addComprehensions } from './cel-comprehensions.ts';
import { compilation, declaredFunctions } from './cel-errors.ts';
import { addFormats } from './cel-formats.ts';
import { addOptionals } from './cel-optionals.ts';
import { addTextsAndLists } from './cel-texts-and-lists.ts';
import { addTypes } from './cel-types.ts';
import { addUrls } from './cel-urls.ts';
import { fieldSchema, type JsonSchema } from './json-schema.ts';

const LIMITS = { maxAstNodes: 10_000, maxDepth: 100 };

/** CEL as apiextensions uses it, on a library. Kubernetes' own functions and types are in the files beside this one. */
export const celCompiler: CelCompiler = {
  compile(expression, type) {
    const program = programOf(environmentFor(type), expression);
    return withResult((self: unknown, oldSelf: unknown) => program({ self, oldSelf: oldSelf ?? null }), program.result);
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

type Program = ReturnType<CelCompiler['compileFor']>;

const PROGRAMS_KEPT = 1000;
const programs = new Map<string, Program>();

/** Reads and checks an expression. Throws an Error in cel-go's words, now or when it is evaluated. */
function programOf(environment: Environment, expression: string): Program {
  let program: ReturnType<Environment['parse']>;
  let result: string;
  try {
    program = environment.parse(expression);
    const checked = program.check();
    if (!checked.valid) throw checked.error;
    result = checked.type ?? 'dyn';
    checkTree(environment, program.ast);
  } catch (error) {
    throw compilation(expression, error, () => declaredFunctions(environment));
  }
  return withResult((values: Readonly<Record<string, unknown>>) => {
    try {
      return program(values as Record<string, unknown>);
    } catch (error) {
      const [message = ''] = (error as Error).message.split('\n', 1);
      throw new Error(
        message
          .replace(/^No such key/, 'no such key')
          .replace(/^Optional value is not present$/, 'optional.none() dereference'),
      );
    }
  }, result);
}

function withResult<Values extends unknown[]>(run: (...values: Values) => unknown, result: string): CelProgram<Values> {
  return Object.assign(run, { result });
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

/**
 * CEL with the functions and types that Kubernetes adds (apiserver/pkg/cel/environment/base.go). A server of 1.33 takes in new expressions what
 * servers of 1.32 know, too: semver and image names, which came in 1.33, are not declared.
 */
function newEnvironment(): Environment {
  const environment = new Environment({
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits: LIMITS,
  });
  addComprehensions(environment);
  addOptionals(environment);
  addTextsAndLists(environment);
  addUrls(environment);
  addFormats(environment);
  addAuthorizer(environment);
  addTypes(environment);
  return environment;
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
