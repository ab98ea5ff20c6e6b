/** Builds the site for a course. */
import path from 'node:path';
import { CourseError, loadCourse, shelfOf } from '../../grading/course/load.ts';
import { parseMoment, utc } from '../../grading/course/moment.ts';
import { astro, dist, forgetBuild, root } from './build-site.ts';

export interface CourseBuild {
  /** The course file. */
  readonly course: string;
  /** Solutions whose date has come by then are in the site, and no others; undefined: now. */
  readonly asOf?: string | undefined;
  /** Where the site goes; undefined: dist/. */
  readonly out?: string | undefined;
}

/** Answers the exit code. Throws a CourseError before anything is built. */
export async function buildCourse({ course: file, asOf, out }: CourseBuild): Promise<number> {
  const course = loadCourse(file, shelfOf(root));
  const at = asOf === undefined ? utc(Date.now()) : parseMoment(asOf, course.timezone, false)?.at;
  if (at === undefined) throw new CourseError(`--as-of ${asOf}: write a date such as 2026-03-20 or 2026-03-20 09:00`);
  const folder = out === undefined ? dist : path.resolve(out);
  // What lies in dist/ then is no longer the book that `npm start` serves.
  if (folder === dist) forgetBuild();
  return astro(['build'], { JOTASU_COURSE: path.resolve(file), JOTASU_BUILD_TIME: at, JOTASU_DIST: folder });
}
