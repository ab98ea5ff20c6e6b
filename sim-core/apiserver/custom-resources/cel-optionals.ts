import { type ASTNode, type Environment, Optional, type TypeDeclaration } from '@marcbachmann/cel-js';
import { isObject } from '../../api/equality.ts';
import { CompileError, callPlace, celType, noOverload } from './cel-errors.ts';
import { type Binding, bound, type Macro, type MacroCall, nameOf } from './cel-macros.ts';

/** What cel-go has of optional values and the library has not: optMap, optFlatMap, ofNonZeroValue, first, last and unwrap. */
export function addOptionals(environment: Environment): void {
  const own = 'OptionalNamespace';
  environment.registerFunction(`${own}.ofNonZeroValue(A): optional<A>`, (_: unknown, value: unknown) =>
    isZero(value) ? Optional.none() : Optional.of(value),
  );
  environment.registerFunction(`${own}.unwrap(list): list`, (_: unknown, list: unknown[]) => unwrapped(list));
  environment.registerFunction('list.unwrapOpt(): list', unwrapped);
  environment.registerFunction('list<A>.first(): optional<A>', (list: unknown[]) => Optional.of(list[0]));
  environment.registerFunction('list<A>.last(): optional<A>', (list: unknown[]) => Optional.of(list.at(-1)));
  environment.registerFunction('optional.optMap(ast, ast): dyn', (call: MacroCall) =>
    mapped(call, 'optMap', (made) => `optional<${made}>`, Optional.of),
  );
  environment.registerFunction('optional.optFlatMap(ast, ast): dyn', (call: MacroCall) =>
    mapped(
      call,
      'optFlatMap',
      (made) => {
        if (made.kind === 'optional' || made.kind === 'dyn') return String(made);
        const types = celType(`(bool, ${made}, optional<dyn>)`);
        throw new CompileError(noOverload('_?_:_', types), callPlace(call.ast.input, call.ast));
      },
      (made) => {
        if (made instanceof Optional) return made;
        throw new Error('no such overload');
      },
    ),
  );
}

/** A macro that makes something of an optional's value, where it has one. */
function mapped(
  { ast, receiver, args }: MacroCall,
  name: string,
  typeOf: (made: TypeDeclaration) => string,
  finish: (made: unknown) => Optional,
): Macro {
  const [variable, transform] = args as [ASTNode, ASTNode];
  const binding: Binding = {
    name: nameOf(variable, `${name}() variable name must be a simple identifier`),
    type: undefined as unknown as TypeDeclaration,
  };
  return {
    async: false,
    typeCheck(checker, _self, scope) {
      const on = checker.check(receiver, scope);
      if (on.kind !== 'optional' && on.kind !== 'dyn')
        throw new CompileError(noOverload('hasValue', `${celType(String(on))}.()`), callPlace(ast.input, ast));
      const { valueType } = on;
      binding.type = valueType === undefined || valueType.kind === 'param' ? checker.getType('dyn') : valueType;
      return checker.getType(typeOf(checker.check(transform, scope.forkWithVariable(binding.name, binding.type))));
    },
    evaluate(evaluator, _self, scope) {
      const value = evaluator.run(receiver, scope);
      if (!(value instanceof Optional)) throw new Error('no such overload');
      if (!value.hasValue()) return Optional.none();
      return finish(evaluator.run(transform, bound(scope, evaluator, [binding], [value.value()])));
    },
  };
}

function unwrapped(list: readonly unknown[]): unknown[] {
  return list.flatMap((value) => {
    if (!(value instanceof Optional)) throw new Error(`value ${String(value)} is not optional`);
    return value.hasValue() ? [value.value()] : [];
  });
}

/** Whether a value is what its type has when nobody says anything (traits.Zeroer). */
function isZero(value: unknown): boolean {
  if (value === null || value === false || value === '' || value === 0 || value === 0n) return true;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
  if (value instanceof Map) return value.size === 0;
  if (value instanceof Optional) return !value.hasValue();
  return isObject(value) && Object.getPrototypeOf(value) === Object.prototype && Object.keys(value).length === 0;
}
