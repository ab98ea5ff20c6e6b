import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { exerciseIds, loadExercise } from '../grading/load.ts';
import { MODULES } from './course.ts';
import { mapOf, readCourseMap, trunksOf } from './module-map.ts';

const map = readCourseMap();
const order = MODULES.flatMap(({ slug, lessons }) => lessons.map((name) => `${slug}/${name}`));
const folder = path.join(import.meta.dirname, '../exercises');
const ids = exerciseIds(folder);

describe('the map of the course', () => {
  it('names every lesson, and each stands only on lessons before it', () => {
    expect(Object.keys(map.lessons)).toEqual(order);
    for (const [lesson, { needs }] of Object.entries(map.lessons)) {
      for (const need of needs)
        expect(order.slice(0, order.indexOf(lesson)), `${lesson} needs ${need}`).toContain(need);
    }
  });

  it('has every exercise exactly once, after a lesson or as a lab, in its module', () => {
    const placed = [...Object.values(map.lessons).flatMap(({ exercises }) => exercises), ...Object.values(map.labs)];
    expect(placed.toSorted()).toEqual(ids.toSorted());
    for (const [lesson, { exercises }] of Object.entries(map.lessons)) {
      for (const id of exercises) expect(id.split('/')[0]).toBe(lesson.split('/')[0]);
    }
  });

  it.each(order)('%s has a warm-up and one that makes people think', (lesson) => {
    // The lab of a module is what makes people think after its last lesson.
    const last = MODULES.find(({ slug, lessons }) => lesson === `${slug}/${lessons.at(-1)}`);
    const ids = [...(map.lessons[lesson]?.exercises ?? []), ...(last === undefined ? [] : [map.labs[last.slug] ?? ''])];
    const levels = ids.map((id) => loadExercise(folder, id).level);
    expect(levels.length).toBeGreaterThanOrEqual(2);
    expect(Math.max(...levels)).toBeGreaterThanOrEqual(2);
    expect(levels[0]).toBe(Math.min(...levels));
  });

  it.each(MODULES.map(({ slug }) => slug))('%s ends in a lab with several faults', (slug) => {
    const lab = map.labs[slug];
    expect(ids).toContain(lab);
    const { level, kind, steps } = loadExercise(folder, lab!);
    expect(level).toBe(3);
    expect(['fix', 'operate', 'code']).toContain(kind);
    expect(steps.flatMap(({ checks }) => checks).length).toBeGreaterThanOrEqual(3);
  });

  it('is drawn from above to below', () => {
    const rows = mapOf('architecture');
    expect(rows.map(({ lesson }) => lesson)).toEqual(order.filter((lesson) => lesson.startsWith('architecture/')));
    expect(rows[1]?.outside).toEqual(['start/objects-and-yaml']);
    const trunks = trunksOf(rows);
    expect(trunks.find(({ from }) => from === 1)?.to).toEqual([2, 3, 4, 5]);
    for (const { from, to } of trunks) for (const row of to) expect(from).toBeLessThan(row);
    const lanes = trunks.filter(({ to }) => to.includes(6)).map(({ lane }) => lane);
    expect(new Set(lanes).size).toBe(lanes.length);
  });
});
