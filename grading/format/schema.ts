import { z } from 'zod';

/**
 * The form of `exercise.yaml` and of solutions. Used where exercises are loaded and built, never in a page.
 */
const text = z.strictObject({ en: z.string().min(1), ko: z.string().min(1) });
const manifest = z.looseObject({ apiVersion: z.string(), kind: z.string() });
const selection = {
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string().optional(),
  labels: z.string().optional(),
};
const match = z.unknown().optional();

const action = z.union([
  z.strictObject({ delete: z.strictObject({ ...selection, limit: z.int().positive().optional() }) }),
  z.strictObject({ apply: manifest }),
  z.strictObject({
    fault: z.strictObject({ node: z.string(), power: z.boolean().optional(), network: z.boolean().optional() }),
  }),
  z.strictObject({ wait: z.number().positive() }),
  z.strictObject({ settle: z.literal(true) }),
]);

const test: z.ZodType = z.lazy(() =>
  z.union([
    z.strictObject({ object: z.strictObject({ ...selection, match }) }),
    z.strictObject({ absent: z.strictObject({ ...selection, match }) }),
    z.strictObject({ count: z.strictObject({ ...selection, match, is: z.unknown() }) }),
    z.strictObject({
      http: z.strictObject({
        service: z.string(),
        namespace: z.string().optional(),
        port: z.int().optional(),
        path: z.string().startsWith('/').optional(),
        status: z.unknown().optional(),
        body: z.unknown().optional(),
      }),
    }),
    z.strictObject({ scenario: z.strictObject({ actions: z.array(action).min(1), expect: z.array(test).min(1) }) }),
  ]),
);

const id = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case words joined by hyphens');

const check = z.strictObject({
  id,
  points: z.int().positive(),
  title: text,
  test,
  mistakes: z.array(z.strictObject({ id, when: z.array(test).min(1), say: text })).default([]),
});

export const exerciseFile = z.strictObject({
  title: text,
  summary: text,
  level: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  kind: z.enum(['do', 'fix', 'predict', 'code', 'operate']),
  minutes: z.int().positive(),
  cluster: z.strictObject({
    preset: z.string(),
    setup: z.array(z.union([manifest, z.strictObject({ wait: z.number().positive() })])).default([]),
  }),
  files: z.record(z.string(), z.string()).default({}),
  steps: z
    .array(z.strictObject({ id, title: text, text, hints: z.array(text).default([]), checks: z.array(check) }))
    .min(1),
});

/** Manifests, or commands, that a solution or a recorded mistake consists of: see `grading/proof.ts`. */
export const solutionFile = z.strictObject({
  /** kubectl command lines, in order; `wait: N` lets N virtual seconds pass. */
  steps: z.array(z.union([z.string(), z.strictObject({ wait: z.number().positive() })])).min(1),
  files: z.record(z.string(), z.string()).default({}),
  /** Points expected; for a solution, all of them. */
  points: z.int().nonnegative().optional(),
  /** For a recorded mistake: the check it must fail, and the mistake that must be recognised. */
  expect: z.strictObject({ check: z.string(), mistake: z.string().optional() }).optional(),
});
