/**
 * `npm run build`: builds the site into dist/. `npm run build -- --course course.yaml` builds it for a course: its lessons, its dates, and the
 * solutions whose date has come; `--as-of 2026-03-20` builds it as it will be then, `--out DIR` elsewhere.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CourseError } from '../grading/course/load.ts';
import { buildCourse } from './site/build-course.ts';
import { buildSite, dist } from './site/build-site.ts';
import { ENGINES, keepEngine } from './site/keep-engine.ts';
import { keepPage, publishPages } from './site/keep-page.ts';

const USAGE = 'usage: npm run build [-- --course course.yaml [--as-of DATE] [--out DIR]]';

/**
 * What is published is kept, so that what learners hand in can be graded by it, and what they have begun goes on after the next build. `site`: where
 * the site was built.
 */
async function keeping(building: Promise<number>, site: string = dist): Promise<number> {
  const code = await building;
  if (code !== 0) return code;
  const hash = await keepEngine();
  await keepPage(path.join(ENGINES, hash));
  const older = publishPages(ENGINES, site, hash);
  console.log(
    `engines/${hash}: kept for grading and for work that is begun with it; ${older.length} older ones in the site`,
  );
  return code;
}

async function main(): Promise<number> {
  let values: { course?: string; 'as-of'?: string; out?: string };
  try {
    const options = { course: { type: 'string' }, 'as-of': { type: 'string' }, out: { type: 'string' } } as const;
    values = parseArgs({ options }).values;
    const { course, 'as-of': asOf, out } = values;
    if (course !== undefined) {
      return await keeping(buildCourse({ course, asOf, out }), out === undefined ? dist : path.resolve(out));
    }
    if (asOf === undefined && out === undefined) return await keeping(buildSite());
    console.error(`--as-of and --out are for courses.\n${USAGE}`);
  } catch (error) {
    if (error instanceof CourseError) console.error(error.message);
    else if (error instanceof TypeError) console.error(`${error.message}\n${USAGE}`);
    else throw error;
  }
  return 2;
}

process.exitCode = await main();
