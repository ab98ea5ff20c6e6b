/** `npm run lint`, second half: holds every source file to the floor plan (see scripts/floors/floors.ts). */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { checkSource } from './floors/check-source.ts';
import { FLOORS } from './floors/floors.ts';

const root = path.join(import.meta.dirname, '..');
const files = globSync([`{${Object.keys(FLOORS).join(',')}}/**/*.{ts,js,svelte,astro,mdx}`, '*.ts'], { cwd: root })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => !file.includes('node_modules/'))
  .sort();

const problems = files.flatMap((file) => checkSource(file, readFileSync(path.join(root, file), 'utf8')));
for (const { file, line, message } of problems) console.error(`${file}:${line} ${message}`);
console.log(`Floors: ${files.length} files, ${problems.length} problem${problems.length === 1 ? '' : 's'}.`);
process.exitCode = problems.length === 0 ? 0 : 1;
