/** What each lesson stands on and what is practised after it, from lessons/map.yaml; and the map of a module that is drawn from it. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { MODULES } from './course.ts';

interface LessonPlan {
  /** Lessons that have to be understood first, `module/lesson`. */
  readonly needs: readonly string[];
  /** Exercises, the warm-up first. */
  readonly exercises: readonly string[];
}

interface CourseMap {
  readonly lessons: Readonly<Record<string, LessonPlan>>;
  /** By module: the exercise with several faults that ends it. */
  readonly labs: Readonly<Record<string, string>>;
}

export function readCourseMap(file = 'lessons/map.yaml'): CourseMap {
  return parse(readFileSync(file, 'utf8')) as CourseMap;
}

/** A lesson's place on the map of its module. */
interface MapRow {
  readonly lesson: string;
  /** Rows above it, by index, that it stands on directly. */
  readonly inside: readonly number[];
  /** Lessons of other modules that it stands on. */
  readonly outside: readonly string[];
}

/** The rows of a module's map, in reading order. Only what the course has is named. */
export function mapOf(module: string, map: CourseMap = readCourseMap()): MapRow[] {
  const taught = new Set(MODULES.flatMap(({ slug, lessons }) => lessons.map((name) => `${slug}/${name}`)));
  const lessons = [...taught].filter((lesson) => lesson.startsWith(`${module}/`));
  return lessons.map((lesson) => {
    const needs = (map.lessons[lesson]?.needs ?? []).filter((need) => taught.has(need));
    return {
      lesson,
      inside: needs.map((need) => lessons.indexOf(need)).filter((index) => index >= 0),
      outside: needs.filter((need) => !need.startsWith(`${module}/`)),
    };
  });
}

/** A line down the map's left margin: from a row to those below that stand on it. `lane` counts from the rows outwards, from 1. */
interface Trunk {
  readonly from: number;
  readonly to: readonly number[];
  readonly lane: number;
}

/** One line for each row that others stand on; lines that pass each other have different lanes. */
export function trunksOf(rows: readonly MapRow[]): Trunk[] {
  const trunks: Trunk[] = [];
  const reach = ({ from, to }: { from: number; to: readonly number[] }) => Math.max(...to) - from;
  const wanted = rows.flatMap((_, from) => {
    const to = rows.flatMap(({ inside }, row) => (inside.includes(from) ? [row] : []));
    return to.length === 0 ? [] : [{ from, to }];
  });
  // Short ones stay near the rows.
  for (const { from, to } of wanted.toSorted((a, b) => reach(a) - reach(b) || a.from - b.from)) {
    const end = Math.max(...to);
    const taken = trunks.filter((other) => other.from < end && Math.max(...other.to) > from).map(({ lane }) => lane);
    let lane = 1;
    while (taken.includes(lane)) lane++;
    trunks.push({ from, to, lane });
  }
  return trunks;
}
