import type { CelProgram } from '../../sim-core/apiserver/custom-resources/cel.ts';
import type { CelTest } from '../format/tests.ts';
import { failed, NOT_NOW, notRun, type Outcome, PASSED, select, type TestContext, valuesOf } from './context.ts';
import { packs } from './packs.ts';

const programs = new Map<string, CelProgram | string>();

/** A CEL expression as a function; text: why it cannot be compiled. */
function compiled(expression: string): CelProgram | string {
  let program = programs.get(expression);
  if (program === undefined) {
    try {
      program = packs.cel!.compile(expression, 'dyn');
    } catch (error) {
      program = error instanceof Error ? error.message : String(error);
    }
    programs.set(expression, program);
  }
  return program;
}

/** Evaluates an expression with `self`; `error` says what is wrong with the expression, or with the value. */
export function evaluateCel(expression: string, self: unknown): { value: unknown } | { error: string; wrong: boolean } {
  const program = compiled(expression);
  if (typeof program === 'string') return { error: program, wrong: true };
  try {
    return { value: program(packs.cel!.toCel(self, {}), undefined) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error), wrong: false };
  }
}

/** An expression holds of the chosen objects. A field that is not there makes it false of that object. */
export function testCel({ expression, of = 'each', ...selection }: CelTest, context: TestContext): Outcome {
  if (packs.cel === undefined) return NOT_NOW;
  const chosen = select(context, selection);
  if (of !== 'list' && chosen.length === 0) return failed('object-missing', valuesOf(selection));
  let first: Outcome | undefined;
  for (const self of of === 'list' ? [chosen] : chosen) {
    const answer = evaluateCel(expression, self);
    if ('error' in answer && answer.wrong) return notRun(`${expression}: ${answer.error}`);
    if (!('error' in answer) && typeof answer.value !== 'boolean')
      return notRun(`${expression} is neither true nor false`);
    const holds = !('error' in answer) && answer.value === true;
    if (holds && of === 'some') return PASSED;
    if (holds) continue;
    const name = Array.isArray(self) ? undefined : self.metadata.name;
    const because = 'error' in answer ? ` (${answer.error})` : '';
    first ??= failed('cel-false', { ...valuesOf(selection, name), expression: `${expression}${because}` });
    if (of !== 'some') return first;
  }
  return first ?? PASSED;
}
