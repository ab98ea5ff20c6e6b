import { z } from 'zod';
import { exerciseFile, solutionFile } from './schema.ts';

/**
 * The forms of `exercise.yaml` and of solutions as JSON Schema, for editors: `exercises/exercise.schema.json` and `exercises/solution.schema.json`
 * are these, and a test holds them to it.
 */
export function exerciseSchemas(): Readonly<Record<'exercise.schema.json' | 'solution.schema.json', string>> {
  const write = (title: string, schema: z.ZodType) => {
    const generated = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    return `${JSON.stringify({ title, ...generated }, undefined, 1)}\n`;
  };
  return {
    'exercise.schema.json': write('An exercise of Jotasu', exerciseFile),
    'solution.schema.json': write('A solution, another way or a recorded mistake of an exercise', solutionFile),
  };
}
