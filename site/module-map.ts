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

export interface CourseMap {
  readonly lessons: Readonly<Record<string, LessonPlan>>;
  /** By module: the exercise with several faults that ends it. */
  readonly labs: Readonly<Record<string, string>>;
}

export function readCourseMap(file = 'lessons/map.yaml'): CourseMap {
  return parse(readFileSync(file, 'utf8')) as CourseMap;
}

/** A lesson's place on the map of its module. */
export interface MapRow {
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

/** An arc of the map's left margin, from a row to one below it; `depth` is how far it swings out, from 1. */
export interface Arc {
  readonly from: number;
  readonly to: number;
  readonly depth: number;
}

export function arcsOf(rows: readonly MapRow[]): Arc[] {
  return rows.flatMap(({ inside }, to) => inside.map((from) => ({ from, to, depth: Math.min(to - from, 4) })));
}
