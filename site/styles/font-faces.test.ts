import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { writeFontFaces } from './font-faces.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'jotasu-fonts-'));
writeFontFaces(folder);
const [first, rest] = ['first.css', 'rest.css'].map((name) => readFileSync(path.join(folder, name), 'utf8')) as [
  string,
  string,
];
/** Whether a style sheet has a face with a letter. */
const has = (css: string, family: string, letter: string) =>
  css
    .split('@font-face')
    .filter((face) => face.includes(family))
    .some((face) =>
      [...(/unicode-range:([^;]*)/.exec(face)?.[1] ?? '').matchAll(/u\+([0-9a-f]+)(?:-([0-9a-f]+))?/gi)].some(
        ([, from = '', to = from]) =>
          letter.codePointAt(0)! >= Number.parseInt(from, 16) && letter.codePointAt(0)! <= Number.parseInt(to, 16),
      ),
    );

it('brings what nearly every text uses first, in few bytes', () => {
  for (const letter of 'Kubernetes 파드가 노드에서 실행되지 않으면 무엇을 봐야 할까요?') {
    expect(has(first, 'Noto Sans KR', letter), letter).toBe(true);
  }
  expect(has(first, 'Nanum Gothic Coding', 'k')).toBe(true);
  expect(first.length).toBeLessThan(24_000);
});

it('knows the other letters, and code in Korean, after that', () => {
  for (const letter of '뷁쀍') expect(has(rest, 'Noto Sans KR', letter), letter).toBe(true);
  for (const letter of '파드') expect(has(rest, 'Nanum Gothic Coding', letter), letter).toBe(true);
});

it('names files that are there, each once', () => {
  const files = [...`${first}${rest}`.matchAll(/url\(([^)]*)\)/g)].map(([, file = '']) => file);
  expect(files.length).toBeGreaterThan(250);
  expect(new Set(files).size).toBe(files.length);
  expect(files.filter((file) => !file.endsWith('.woff2') || !existsSync(file))).toEqual([]);
});
