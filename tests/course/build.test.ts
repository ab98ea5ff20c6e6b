import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadWalkthroughs } from '../../grading/load.ts';

const root = path.join(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'jotasu-course-'));
const dist = path.join(folder, 'dist');

/** On 10 March one solution is out, one is not, and one exercise has not begun. */
const COURSE = `
id: built-by-a-test
title: { en: Built by a test, ko: 시험 강좌 }
timezone: Asia/Seoul
variants: false
modules:
  - module: containers
    lessons: [images]
  - module: start
    title: { en: "Week 2", ko: 2주차 }
    lessons: [objects-and-yaml, first-cluster]
exercises:
  - { exercise: start/deploy-web, weight: 7, open: 2026-03-02, due: 2026-03-08, solution: 2026-03-10 }
  - { exercise: containers/private-shelf, weight: 3, due: 2026-03-08, solution: 2026-03-11 }
  - { exercise: start/mend-the-manifest, open: 2026-03-11 }
`;

const read = (file: string) => readFileSync(path.join(dist, file), 'utf8');

/** The longer lines of a solution that neither the book nor an exercise gives away. */
function secrets(exercise: string): string[] {
  const open = globSync('{lessons,exercises}/**/*.{mdx,yaml}', { cwd: root })
    .map((file) => readFileSync(path.join(root, file), 'utf8'))
    .join('\n');
  const solution = loadWalkthroughs(path.join(root, 'solutions'), exercise).find(({ kind }) => kind === 'solution')!;
  const steps = solution.steps.filter((step) => typeof step === 'string');
  const lines = [...steps, ...Object.values(solution.files).flatMap((text) => text.split('\n'))];
  return lines.map((line) => line.trim()).filter((line) => line.length > 16 && !open.includes(line));
}

beforeAll(() => {
  writeFileSync(path.join(folder, 'course.yaml'), COURSE);
  const args = [
    'scripts/build.ts',
    '--course',
    path.join(folder, 'course.yaml'),
    '--out',
    dist,
    '--as-of',
    '2026-03-10 09:00',
  ];
  execFileSync(process.execPath, args, { cwd: root, stdio: 'pipe' });
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('has the lessons of the course, in its order and under its titles, and no others', () => {
  const page = read('ko/containers/images/index.html');
  expect(page).toContain('2주차');
  // The page of the next module stands between its lessons and those before.
  expect(page).toMatch(/href="\/ko\/start\/" rel="next"/);
  expect(read('ko/start/index.html')).toMatch(/href="\/ko\/start\/objects-and-yaml\/" rel="next"/);
  expect(read('en/start/objects-and-yaml/index.html')).toMatch(/href="\/en\/start\/first-cluster\/" rel="next"/);
  expect(existsSync(path.join(dist, 'en/start/first-cluster/index.html'))).toBe(true);
  for (const other of ['en/start/namespaces', 'ko/pods', 'en/exercises/pods'])
    expect(existsSync(path.join(dist, other))).toBe(false);
});

it('shows dates and weights in both languages', () => {
  expect(read('ko/index.html')).toContain('2026년 3월 8일(일) 23:59');
  const page = read('en/start/first-cluster/index.html');
  expect(page).toContain('Sun 8 Mar 2026, 23:59');
  expect(page).toContain('Mon 2 Mar 2026, 00:00');
});

it('tells on its home page how far the learner has come', () => {
  for (const exercise of ['start/deploy-web', 'containers/private-shelf', 'start/mend-the-manifest'])
    expect(read('ko/index.html')).toContain(`data-reached="${exercise}"`);
  expect(read('ko/index.html')).toContain('3개 중 {count}개');
});

it('holds a solution from its day on, and before that not a line of it anywhere', () => {
  expect(read('en/start/first-cluster/index.html')).toContain('<details class="solution');
  expect(read('ko/exercises/start/deploy-web/index.html')).toContain('<details class="solution');
  const hidden = secrets('containers/private-shelf');
  expect(hidden.length).toBeGreaterThan(0);
  for (const file of globSync('**/*.{html,js,json,css,xml,txt}', { cwd: dist })) {
    const text = read(file);
    for (const line of hidden) expect(text.includes(line), `${file} holds: ${line}`).toBe(false);
  }
  expect(read('en/containers/images/index.html')).not.toContain('<details class="solution');
});

/** The part of a page in which a learner works. */
const WORKSPACE = /<astro-island[^>]* component-url="[^"]*\/LessonWorkspace\./;

it('does not give an exercise out before it opens', () => {
  const page = read('en/start/objects-and-yaml/index.html');
  expect(page).toContain('It opens on Wed 11 Mar 2026, 00:00.');
  expect(page).not.toMatch(WORKSPACE);
  expect(read('en/start/first-cluster/index.html')).toMatch(WORKSPACE);
});

it('tells pages which course they are of', () => {
  const scripts = globSync('_astro/*.js', { cwd: dist }).map((file) => read(`_astro/${file.replace(/^_astro\//, '')}`));
  expect(scripts.some((text) => text.includes('built-by-a-test'))).toBe(true);
});
