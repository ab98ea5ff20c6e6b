/** What `npm test` runs, in order. To add a check to the project, add a line here. */
import { existsSync, globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { onPath, provideBrowser } from '../browser.ts';
import type { CountKind } from './count.ts';

export const root = path.join(import.meta.dirname, '../..');

/** Either the stage may run, with these additions to its environment, or the reason why it cannot. */
export type Readiness = { env?: Record<string, string> } | { reason: string };

export interface Stage {
  /** The name for `--only=`. */
  name: string;
  title: string;
  /** Commands, run one after another. The first word is a Node script, a command of a dependency, or `node`. */
  commands: readonly (readonly string[])[];
  /** How its tests are counted: see count.ts. */
  counts: CountKind;
  /** Asked before it runs; a stage that cannot run is skipped, loudly. */
  ready?: () => Readiness;
  /** Stages that must have passed in this run, if they are part of it. */
  needs?: readonly string[];
  /** Stages that must have ended, however: both write the same files. */
  after?: readonly string[];
  /** How many cores it keeps busy: one unless told. Those that fit on the machine together run side by side. */
  cores?: number;
  /** After how many minutes it counts as hanging; 15 unless told. */
  minutes?: number;
}

/** Stages that start workers of their own take the whole machine. */
const ALL = availableParallelism();

const anyFile = (pattern: string): boolean => globSync(pattern, { cwd: root }).length > 0;
const holdsTests = (pattern: string): Readiness => (anyFile(pattern) ? {} : { reason: `there is no ${pattern} yet` });
const exists = (file: string): Readiness =>
  existsSync(path.join(root, file)) ? {} : { reason: `there is no ${file} yet` };

function browserReady(): Readiness {
  const browser = provideBrowser();
  return 'path' in browser ? { env: { JOTASU_BROWSER: browser.path } } : browser;
}

function kubectlReady(): Readiness {
  if (onPath('kubectl') === undefined)
    return { reason: 'no kubectl on PATH: the tests against the real binary cannot run' };
  return holdsTests('tests/kubectl/**/*.test.ts');
}

const SVELTE_CHECK = [
  'svelte-check',
  '--workspace',
  'site',
  '--tsconfig',
  './tsconfig.svelte.json',
  '--fail-on-warnings',
];

export const STAGES: readonly Stage[] = [
  {
    name: 'format',
    title: 'Format',
    commands: [
      ['biome', 'check', '--linter-enabled=false', '.'],
      ['prettier', '--check', 'site/**/*.{astro,svelte}', '--log-level=warn'],
    ],
    counts: 'one',
  },
  {
    name: 'lint',
    title: 'Lint and floor plan',
    commands: [
      ['biome', 'lint', '--error-on-warnings', '.'],
      ['node', 'scripts/check-floors.ts'],
    ],
    counts: 'one',
  },
  {
    name: 'types',
    title: 'Types of core, tools and site',
    commands: [
      ['tsc', '--noEmit', '-p', 'tsconfig.core.json'],
      ['tsc', '--noEmit', '-p', 'tsconfig.json'],
      ['astro', 'check', '--minimumFailingSeverity', 'warning', '--tsconfig', 'site/tsconfig.json'],
      ...(anyFile('site/**/*.svelte') ? [SVELTE_CHECK] : []),
    ],
    counts: 'one',
  },
  {
    name: 'unit',
    title: 'Unit and property tests',
    commands: [['vitest', 'run', '--project', 'unit', `--maxWorkers=${ALL}`]],
    counts: 'vitest',
    cores: ALL,
  },
  {
    name: 'build',
    title: 'Build of the site',
    commands: [['node', 'scripts/build.ts']],
    counts: 'one',
    after: ['types'],
  },
  {
    name: 'size',
    title: 'Size budgets',
    commands: [['node', 'scripts/check-sizes.ts']],
    counts: 'closing line',
    needs: ['build'],
  },
  {
    name: 'prove',
    title: 'Exercise proofs',
    commands: [['node', 'cli/jotasu.js', 'check-exercise', '--seeds', '2', '--full', '1', '--jobs', String(ALL)]],
    counts: 'closing line',
    ready: () => exists('cli/commands/check-exercise.ts'),
    cores: ALL,
  },
  {
    name: 'golden',
    title: 'Transcripts of a real control plane',
    commands: [['vitest', 'run', '--project', 'golden']],
    counts: 'vitest',
    ready: () => holdsTests('tests/golden/**/*.test.ts'),
  },
  {
    name: 'kubectl',
    title: 'The real kubectl',
    commands: [['vitest', 'run', '--project', 'kubectl']],
    counts: 'vitest',
    ready: kubectlReady,
  },
  {
    name: 'kubectl-diff',
    title: 'Our kubectl beside the real one',
    commands: [['node', 'tests/kubectl-diff/run.ts', '--short']],
    counts: 'closing line',
    ready: kubectlReady,
  },
  {
    name: 'browser',
    title: 'Real browser',
    commands: [['playwright', 'test']],
    counts: 'playwright',
    ready: browserReady,
    needs: ['build'],
    cores: ALL,
    minutes: 20,
  },
];
