/** Every question whose answer a cluster computes is asked: the answer is one of the choices, or a number. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { MODULES } from '../../lessons/course.ts';
import { askScenario } from '../../site/figures/opening.ts';
import { askLesson } from '../../site/figures/quiz.ts';
import { findScenario } from '../../site/figures/scenario.ts';
import { components } from './lesson-text.ts';

const root = path.join(import.meta.dirname, '../..');

describe.each(MODULES.flatMap(({ slug, lessons }) => lessons.map((lesson) => `${slug}/${lesson}`)))('%s', (lesson) => {
  const questions = components(readFileSync(path.join(root, 'lessons', lesson, 'en.mdx'), 'utf8')).filter(
    ({ name, attributes }) => name === 'Predict' && attributes.ask !== undefined,
  );

  it('asks the cluster at least once', () => {
    expect(questions.length).toBeGreaterThanOrEqual(1);
  });

  it.each(questions.map(({ attributes }) => [attributes.ask!, attributes] as const))(
    '%s',
    async (ask, { after, scenario, choices }) => {
      const found = scenario === undefined ? undefined : findScenario(scenario, lesson);
      const told =
        found === undefined
          ? await askLesson(lesson, after ?? '', ask)
          : await askScenario(found.scenario, found.file, ask);
      const allowed = [...(choices ?? '').matchAll(/'([^']*)'/g)].map(([, choice]) => choice);
      if (process.env.SHOW_ANSWERS !== undefined) console.log(`${lesson}: ${told}`);
      if (allowed.length === 0) expect(told).toMatch(/^-?\d+$/);
      else expect(allowed).toContain(told);
    },
  );
});
