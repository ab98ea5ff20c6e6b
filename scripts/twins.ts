/**
 * `npm run twins`: says which lessons have changed in one language only (exit code 1). `npm run twins -- module/lesson …` writes down that both
 * languages of these lessons say the same now, `-- --all` of all of them.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MODULES } from '../lessons/course.ts';
import { fingerprints, readTwins, staleTwin } from '../site/twins.ts';

const folder = fileURLToPath(new URL('../lessons', import.meta.url));
const file = `${folder}/twins.json`;
const all = MODULES.flatMap(({ slug, lessons }) => lessons.map((name) => `${slug}/${name}`));
const twins = readTwins(file);
const args = process.argv.slice(2);
const chosen = args.includes('--all') ? all : args;
const unknown = chosen.filter((lesson) => !all.includes(lesson));
if (unknown.length > 0) {
  console.error(`${unknown.join(', ')}: no such lesson; lessons/course.ts names them all`);
  process.exitCode = 2;
} else if (chosen.length > 0) {
  const entries = all.flatMap((lesson) => {
    const now = chosen.includes(lesson) ? fingerprints(folder, lesson) : twins[lesson];
    return now === undefined ? [] : [[lesson, now] as const];
  });
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
} else {
  for (const lesson of all) {
    const stale = staleTwin(twins[lesson], fingerprints(folder, lesson));
    if (stale === undefined && twins[lesson] !== undefined) continue;
    console.log(
      `${lesson}: ${stale === undefined ? 'is not written down' : `${stale}.mdx has not followed a change of the other`}`,
    );
    process.exitCode = 1;
  }
}
