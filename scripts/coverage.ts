/**
 * `npm run coverage`: writes docs/coverage.md, which says for every concept of the curriculum where the course teaches, shows and practises it.
 * `npm run coverage -- --check` only says what is missing or out of date (exit code 1).
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('../', import.meta.url));

interface Concept {
  readonly concept: string;
  readonly find: readonly string[];
}

interface Section {
  readonly title: string;
  readonly text: string;
}

/** Sections of a lesson, the opening first, each with everything that stands in it. */
function sections(text: string): Section[] {
  const body = text.replace(/^---\n[\s\S]*?\n---\n/, '');
  const [opening = '', ...rest] = body.split(/^## /m);
  const named = rest.map((part) => {
    const end = part.indexOf('\n');
    return { title: part.slice(0, end).trim(), text: part };
  });
  return [{ title: 'Opening', text: opening }, ...named];
}

/** What a section has a learner look at: its figures, and how many commands and questions it has. */
function shownIn({ text }: Section): string {
  const figures = [...text.matchAll(/<Figure scenario="([^"]+)"/g)].map(([, name]) => `\`${name}\``);
  const count = (component: string) => text.split(`<${component} `).length - 1;
  const counted = [count('Try'), count('Predict') + (text.split('<Predict\n').length - 1)];
  const words = [
    `${counted[0]} command${counted[0] === 1 ? '' : 's'}`,
    `${counted[1]} question${counted[1] === 1 ? '' : 's'}`,
  ];
  return [...figures, ...words.filter((_, index) => counted[index]! > 0)].join(', ') || '–';
}

const includes = (text: string, word: string) => text.toLowerCase().includes(word.toLowerCase());

function coverage(): { page: string; missing: string[] } {
  const curriculum = parse(readFileSync(`${root}lessons/curriculum.yaml`, 'utf8')) as Record<string, Concept[]>;
  const map = parse(readFileSync(`${root}lessons/map.yaml`, 'utf8')) as {
    lessons: Record<string, { exercises: string[] }>;
  };
  const missing: string[] = [];
  const lines = [
    '# What the course teaches, and where',
    '',
    'Made by `npm run coverage` from `lessons/curriculum.yaml` and the lessons. Each concept is taught in the section named; figures and exercises are those of its lesson.',
    '',
  ];
  for (const [lesson, concepts] of Object.entries(curriculum)) {
    const file = `${root}lessons/${lesson}/en.mdx`;
    if (!existsSync(file)) {
      missing.push(`${lesson}: there is no such lesson`);
      continue;
    }
    const text = readFileSync(file, 'utf8');
    const parts = sections(text);
    const names = (pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map(([, name]) => name!))];
    const figures = names(/<Figure scenario="([^"]+)"/g);
    const sources = names(/<Source file="([^"]+)"/g);
    const beside = names(/<Workspace exercise="([^"]+)"/g);
    const others = (map.lessons[lesson]?.exercises ?? []).filter((id) => !beside.includes(id));
    const shown = figures.map((name) => `\`${name}\``).join(', ');
    lines.push(`## [${/^title: (.*)$/m.exec(text)?.[1] ?? lesson}](../lessons/${lesson}/en.mdx) \`${lesson}\``, '');
    lines.push(
      `Shown by: ${shown}. Look inside: ${sources.map((name) => `\`${name}\``).join(', ')}. Practised in: ${[...beside, ...others].map((id) => `\`${id}\``).join(', ')}.`,
      '',
    );
    lines.push('| concept | section | shown there |', '| --- | --- | --- |');
    for (const { concept, find } of concepts) {
      const speaking = parts.filter((part) =>
        find.some((word) => includes(part.title, word) || includes(part.text, word)),
      );
      // The first that has something to look at teaches it; where none has, the first that speaks of it.
      const section = speaking.find(({ text: it }) => /<(Try|Figure) /.test(it)) ?? speaking[0];
      if (section === undefined) missing.push(`${lesson}: no section speaks of ${find.join(' or ')} (${concept})`);
      else lines.push(`| ${concept} | ${section.title} | ${shownIn(section)} |`);
    }
    lines.push('');
    if (figures.length === 0) missing.push(`${lesson}: no figure shows it`);
    if (beside.length === 0) missing.push(`${lesson}: no exercise stands beside it`);
  }
  return { page: `${lines.join('\n').trimEnd()}\n`, missing };
}

const target = `${root}docs/coverage.md`;
const { page, missing } = coverage();
if (process.argv.includes('--check')) {
  const current = existsSync(target) ? readFileSync(target, 'utf8') : '';
  if (current !== page) missing.push('docs/coverage.md is out of date: npm run coverage');
} else writeFileSync(target, page);
for (const one of missing) process.stderr.write(`${one}\n`);
process.exitCode = missing.length === 0 ? 0 : 1;
