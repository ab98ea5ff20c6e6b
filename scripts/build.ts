/**
 * `npm run build`: builds the site into dist/. `npm run build -- --course course.yaml` builds it for a course: its lessons, its dates, and the
 * solutions whose date has come; `--as-of 2026-03-20` builds it as it will be then, `--out DIR` elsewhere.
 */
import { parseArgs } from 'node:util';
import { CourseError } from '../grading/course/load.ts';
import { buildCourse } from './site/build-course.ts';
import { buildSite } from './site/build-site.ts';
import { keepEngine } from './site/keep-engine.ts';

const USAGE = 'usage: npm run build [-- --course course.yaml [--as-of DATE] [--out DIR]]';

/** What is published is kept, so that what learners hand in can be graded by it. */
async function keeping(building: Promise<number>): Promise<number> {
  const code = await building;
  if (code === 0) console.log(`engines/${await keepEngine()}: kept for grading`);
  return code;
}

async function main(): Promise<number> {
  let values: { course?: string; 'as-of'?: string; out?: string };
  try {
    const options = { course: { type: 'string' }, 'as-of': { type: 'string' }, out: { type: 'string' } } as const;
    values = parseArgs({ options }).values;
    const { course, 'as-of': asOf, out } = values;
    if (course !== undefined) return await keeping(buildCourse({ course, asOf, out }));
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
