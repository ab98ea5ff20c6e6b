/**
 * The faces of the book's fonts, from their packages, in two style sheets. A font for Korean comes in some hundred slices, each with the
 * list of its characters: 55 KiB of lists after gzip, before which nothing would show. So a page brings the slices that nearly every text
 * uses, and fetches the list of the others beside its first picture. The files themselves come only for characters that a page shows.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);

const PACKAGES = [
  '@fontsource-variable/noto-sans-kr/index.css',
  '@fontsource/nanum-gothic-coding/400.css',
  '@fontsource/nanum-gothic-coding/700.css',
] as const;

/** Slices are numbered from the rarest characters to the commonest. Code is mostly Latin. */
const COMMON = /^noto-sans-kr-\[1[01]\d\]|-latin-(wght|[47]00)-/;

/** The faces of a package's style sheet: a comment names each. Older browsers' files are left out: every one that runs the book reads woff2. */
function facesOf(file: string): { name: string; face: string }[] {
  const folder = path.dirname(file);
  return [...readFileSync(file, 'utf8').matchAll(/\/\* (\S+) \*\/\s*(@font-face \{[^}]*\})/g)].map(
    ([, name = '', face = '']) => ({
      name,
      face: face
        .replace(/, url\([^)]*\.woff\) format\('woff'\)/, '')
        .replace(/url\(\.\/([^)]*)\)/, (_, at: string) => `url(${path.join(folder, at).split(path.sep).join('/')})`),
    }),
  );
}

/** Writes `first.css` and `rest.css` into a folder. */
export function writeFontFaces(folder: string): void {
  const faces = PACKAGES.flatMap((name) => facesOf(require.resolve(name)));
  mkdirSync(folder, { recursive: true });
  for (const [sheet, common] of [
    ['first.css', true],
    ['rest.css', false],
  ] as const) {
    const chosen = faces.filter(({ name }) => COMMON.test(name) === common);
    writeFileSync(path.join(folder, sheet), chosen.map(({ face }) => `${face}\n`).join(''));
  }
}
