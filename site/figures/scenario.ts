/** A figure's scenario: a few lines of YAML that lie with their lesson, read and checked when the site is built. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { presets } from '../../sim-core/cluster/presets.ts';
import { LENSES } from './lenses/index.ts';
import { parseFocus } from './lenses/source.ts';

const text = z.strictObject({ en: z.string().min(1), ko: z.string().min(1) });
const lens = z.enum(['map', 'answers', ...LENSES]);
const step = z.union([
  z.string().min(1),
  z.strictObject({ wait: z.number().positive() }),
  /** The questions of `asks` are asked at this moment, too. */
  z.strictObject({ read: text }),
]);
const fault = z.union([
  z.strictObject({ type: z.literal('node-power'), node: z.string(), on: z.boolean() }),
  z.strictObject({ type: z.literal('node-network'), node: z.string(), connected: z.boolean() }),
  z.strictObject({ type: z.literal('kubelet'), node: z.string(), running: z.boolean() }),
]);

const action = z
  .strictObject({
    label: text,
    /** A command line, as a learner would type it. */
    run: z.string().min(1).optional(),
    fault: fault.optional(),
    /** A sentence for when it was pressed: what to look at. */
    say: text.optional(),
    /** Whether what the command prints is shown. */
    output: z.boolean().default(false),
  })
  .refine(({ run, fault: broken }) => (run === undefined) !== (broken === undefined), {
    message: 'an action has either "run" or "fault"',
  });

const value = z.strictObject({
  from: z.number().int(),
  min: z.number().int(),
  max: z.number().int(),
  /** The command line that sets it; `{}` stands for the number. */
  run: z.string().includes('{}'),
});

const scenarioFile = z.strictObject({
  title: text.optional(),
  caption: text.optional(),
  /** The sentence for those who do not see the figure. */
  alt: text,
  preset: z
    .string()
    .default('three-workers')
    .refine((name) => Object.hasOwn(presets, name), { message: `expected one of ${Object.keys(presets).join(', ')}` }),
  seed: z.number().int().nonnegative().default(1),
  /** Objects that are there from the start. */
  manifests: z.array(z.looseObject({ apiVersion: z.string(), kind: z.string() })).default([]),
  /** Files beside the commands, by name. */
  files: z.record(z.string(), z.string()).default({}),
  /** What was done before the opening frame. A command that is meant to fail begins with `!`. */
  run: z.array(step).default([]),
  /** Virtual seconds after the last command at which the figure opens; without it, when everything is at rest. */
  open: z.number().nonnegative().optional(),
  lens: lens.default('map'),
  /** Other ways of looking at it that are offered. */
  lenses: z.array(lens).default([]),
  /** `deployment/web`, `shop/pod/web-0`. */
  focus: z.string().optional(),
  /** What the lens `answers` asks: at the opening, at each `read`, and on the page again and again. */
  asks: z.array(z.strictObject({ label: text, run: z.string().min(1) })).default([]),
  actions: z.array(action).default([]),
  values: z.record(z.string(), value).default({}),
  /** A press on a pod of the map deletes it. */
  kill: z.boolean().default(false),
  speed: z.number().positive().default(1),
  height: z.number().int().positive().optional(),
});

export type Scenario = z.output<typeof scenarioFile>;
export type LensOrMap = z.output<typeof lens>;

/** A mistake of a figure's author: says the file, the place, what was found and what is expected. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
}

/** The text of a scenario's file, read and checked. Throws a ScenarioError. */
export function parseScenario(yaml: string, file: string): Scenario {
  const document = parseDocument(yaml);
  const [syntax] = document.errors;
  if (syntax !== undefined) throw new ScenarioError(`${file}: ${syntax.message}`);
  const result = scenarioFile.safeParse(document.toJS({ maxAliasCount: 50 }));
  if (!result.success) {
    const [issue] = result.error.issues;
    const place = issue!.path.map(String).join('.') || 'the file';
    throw new ScenarioError(`${file}: ${place}: ${issue!.message}\n  to mend:  docs/figures.md describes every field`);
  }
  const scenario = result.data;
  const asking = scenario.lens === 'answers' || scenario.lenses.includes('answers');
  if (asking !== scenario.asks.length > 0) {
    throw new ScenarioError(
      `${file}: the lens "answers" and "asks" need each other\n  to mend:  give both, or neither`,
    );
  }
  if (scenario.focus !== undefined) {
    try {
      parseFocus(scenario.focus);
    } catch (error) {
      throw new ScenarioError(`${file}: ${(error as Error).message}`);
    }
  }
  return scenario;
}

/**
 * The scenario that a lesson names: `self-healing` lies in its own `figures/` folder, `start/first-cluster/self-healing` in another lesson's,
 * `gallery/map` beside this file.
 */
export function findScenario(name: string, lesson: string | undefined): { scenario: Scenario; file: string } {
  const parts = name.split('/');
  const file =
    parts[0] === 'gallery'
      ? `site/figures/gallery/${parts.slice(1).join('/')}.yaml`
      : parts.length === 3
        ? `lessons/${parts[0]}/${parts[1]}/figures/${parts[2]}.yaml`
        : `lessons/${lesson ?? '?'}/figures/${name}.yaml`;
  const full = path.join(process.cwd(), file);
  if (!existsSync(full)) {
    throw new ScenarioError(
      `<Figure scenario="${name}"> names a scenario that is not there\n  expected: ${file}\n  to mend:  write that file (docs/figures.md), or correct the name`,
    );
  }
  return { scenario: parseScenario(readFileSync(full, 'utf8'), file), file };
}
