import { z } from 'zod';
import { action, amount, manifest, selection, test } from './test-schema.ts';

/**
 * The form of `exercise.yaml` and of solutions. Used where exercises are loaded and built, never in a page.
 */
const text = z.strictObject({ en: z.string().min(1), ko: z.string().min(1) });
const id = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens');

const check = z
  .strictObject({
    id,
    points: z.int().positive(),
    title: text,
    test: test.optional(),
    parts: z
      .array(z.strictObject({ points: z.int().positive(), test }))
      .min(2)
      .optional(),
    mistakes: z.array(z.strictObject({ id, when: z.array(test).min(1), say: text })).default([]),
  })
  .refine((each) => (each.test === undefined) !== (each.parts === undefined), 'a check has either "test" or "parts"')
  .refine(
    ({ points, parts }) => parts === undefined || parts.reduce((sum, part) => sum + part.points, 0) === points,
    'the points of its parts must add up to "points"',
  );

const question = z.strictObject({
  id,
  text,
  options: z.array(z.strictObject({ id, text })).min(2).optional(),
  within: z.number().nonnegative().optional(),
  answer: z.strictObject({
    actions: z.array(action).default([]),
    value: z.union([
      z.strictObject({ count: z.strictObject({ ...selection, match: z.unknown().optional() }) }),
      z.strictObject({ cel: z.strictObject({ ...selection, expression: z.string().min(1) }) }),
      z.strictObject({ first: z.record(z.string(), test) }),
      z.strictObject({ seconds: test }),
      z.strictObject({ run: z.string() }),
    ]),
  }),
});

const fault = z.looseObject({ type: z.string(), node: z.string() });
const someText = z.strictObject({ en: z.string().min(1), ko: z.string().min(1) });

const scalar = z.union([z.string(), z.number(), z.boolean()]);
export const variants = z.record(
  z.string().regex(/^[a-zA-Z][\w-]*$/, 'a word'),
  z.union([
    z.strictObject({ oneOf: z.array(z.union([scalar, z.record(z.string(), scalar)])).min(2) }),
    z
      .strictObject({ from: z.int(), to: z.int() })
      .refine((range) => range.to > range.from, '"to" must be more than "from"'),
    z.strictObject({ code: z.int().min(3).max(20) }),
  ]),
);

export const exerciseFile = z.strictObject({
  title: text,
  summary: text,
  level: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  kind: z.enum(['do', 'fix', 'predict', 'code', 'operate']),
  minutes: z.int().positive(),
  variants: variants.optional(),
  cluster: z.strictObject({
    preset: z.string(),
    setup: z.array(z.union([manifest, z.strictObject({ wait: z.number().positive() })])).default([]),
    programs: z
      .array(
        z.strictObject({
          image: z.string().regex(/:[\w.-]+$|^<<.*>>$/, 'an image with its tag'),
          from: z.string(),
          files: z.record(z.string().startsWith('/'), z.string()).optional(),
          command: z.array(z.string()).min(1).optional(),
          env: z.record(z.string(), z.string()).optional(),
        }),
      )
      .optional(),
    incidents: z
      .array(
        z.strictObject({
          at: amount,
          text: someText.optional(),
          fault: fault.optional(),
          apply: z.array(manifest).optional(),
        }),
      )
      .optional(),
    visitors: z
      .array(
        z.strictObject({
          name: z.string(),
          every: amount,
          from: amount.optional(),
          service: z.string().optional(),
          namespace: z.string().optional(),
          port: z.int().optional(),
          host: z.string().optional(),
          path: z.string().startsWith('/').optional(),
        }),
      )
      .optional(),
  }),
  files: z.record(z.string(), z.string()).default({}),
  components: z.record(z.string(), z.string()).optional(),
  hidden: z.int().positive().optional(),
  steps: z
    .array(
      z.strictObject({
        id,
        title: text,
        text,
        hints: z.array(text).default([]),
        needs: z.array(id).optional(),
        questions: z.array(question).min(1).optional(),
        checks: z.array(check),
      }),
    )
    .min(1),
});

/** Checks that only run at grading: `hidden.yaml` beside the solutions. */
export const hiddenFile = z.strictObject({ checks: z.array(check).min(1) });

/** Manifests, or commands, that a solution or a recorded mistake consists of: see `grading/proof.ts`. */
export const solutionFile = z.strictObject({
  /**
   * Lines of the learner's shell, in order; `wait: N` lets N virtual seconds pass; `answer` answers questions; `component: FILE` puts the file in
   * its place, as the button of the page does.
   */
  steps: z
    .array(
      z.union([
        z.string(),
        z.strictObject({ wait: amount }),
        z.strictObject({ answer: z.record(z.string(), z.union([z.string(), z.number()])) }),
        z.strictObject({ component: z.string() }),
      ]),
    )
    .default([]),
  files: z.record(z.string(), z.string()).default({}),
  /** Points expected; for a solution, all of them. */
  points: z.int().nonnegative().optional(),
  /** For a recorded mistake: the check it must fail, and the mistake that must be recognised. */
  expect: z.strictObject({ check: z.string(), mistake: z.string().optional() }).optional(),
});
