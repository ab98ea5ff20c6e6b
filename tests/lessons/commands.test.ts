/**
 * Every command that a lesson offers is run, in the order of the lesson, in the learner's own shell beside the cluster of the lesson's exercise. One
 * that fails fails the test, unless the lesson says `expect="error"`; one that goes on for ever is ended by ^C.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadExercise } from '../../grading/load.ts';
import { startExercise } from '../../grading/walkthrough.ts';
import { MODULES } from '../../lessons/course.ts';
import { SECOND } from '../../sim-core/engine/index.ts';
import { LocalCluster } from '../../sim-core/host/local-client.ts';
import { LocalShell } from '../../sim-core/host/local-shell.ts';
import { components } from './lesson-text.ts';

const root = path.join(import.meta.dirname, '../..');
/** How long a learner watches a command that does not end by itself, and waits for one that does; virtual time. */
const WATCHING = 60 * SECOND;
const WAITING = 900 * SECOND;
/** What a learner takes to read and type. */
const PAUSE = 5 * SECOND;
/** Commands that go on until ^C. */
const ENDLESS = /(^|\s)(-w|--watch|-f|--follow)(\s|$)|^watch\s|port-forward|^while\s|\bkubectl proxy\b/;

interface Offer {
  readonly command: string;
  readonly fails: boolean;
}

function offers(lesson: string, language: string): { exercise: string | undefined; commands: Offer[] } {
  const parts = components(readFileSync(path.join(root, 'lessons', lesson, `${language}.mdx`), 'utf8'));
  return {
    exercise: parts.find(({ name }) => name === 'Workspace')?.attributes.exercise,
    commands: parts
      .filter(({ name }) => name === 'Try')
      .map(({ attributes }) => ({ command: attributes.command ?? '', fails: attributes.expect === 'error' })),
  };
}

async function problems({ exercise, commands }: ReturnType<typeof offers>): Promise<string[]> {
  const told = exercise === undefined ? undefined : loadExercise(path.join(root, 'exercises'), exercise);
  const local = told === undefined ? new LocalCluster({ preset: 'three-workers' }) : startExercise(told, 1);
  const { engine } = local.session.cluster;
  engine.settle();
  const shell = new LocalShell(local, told?.files ?? {});
  const found: string[] = [];
  try {
    for (const { command, fails } of commands) {
      const { code, stderr, interrupted } = await shell.run(command, {
        patience: ENDLESS.test(command) ? WATCHING : WAITING,
      });
      if (interrupted) {
        if (!ENDLESS.test(command)) found.push(`${command}: did not end`);
      } else if (fails && code === 0) found.push(`${command}: is meant to fail, and does not`);
      else if (!fails && code !== 0) found.push(`${command}: exit code ${code}: ${stderr.trim()}`);
      engine.runUntil(engine.now + PAUSE);
    }
  } finally {
    shell.close();
  }
  return found;
}

describe.each(MODULES.flatMap(({ slug, lessons }) => lessons.map((lesson) => `${slug}/${lesson}`)))('%s', (lesson) => {
  const english = offers(lesson, 'en');
  const korean = offers(lesson, 'ko');
  // The same commands have the same outcome: most lessons are run once.
  const different = JSON.stringify(korean) === JSON.stringify(english) ? [english] : [english, korean];

  it.each(different.map((offer, i) => [['English', 'Korean'][i], offer] as const))(
    'offers commands that work, in %s',
    async (_language, offer) => {
      expect(offer.commands.length).toBeGreaterThan(0);
      expect(await problems(offer)).toEqual([]);
    },
  );
});
