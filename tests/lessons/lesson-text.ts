/** Reads a lesson's MDX as far as the tests of all lessons ask about it. */
import { parse } from 'yaml';

export interface Part {
  readonly name: string;
  /** The attributes whose values must be the same in every language. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Attributes that are text for the reader, and so differ between languages. */
const READ_ALOUD = new Set(['question', 'title', 'caption', 'alt', 'label', 'summary']);

export function frontMatter(text: string): Record<string, unknown> {
  const match = /^---\n([\s\S]*?)\n---\n/.exec(text);
  if (match === null) throw new Error('a lesson begins with its front matter');
  return parse(match[1]!) as Record<string, unknown>;
}

const body = (text: string) => text.replace(/^---\n[\s\S]*?\n---\n/, '');
const withoutCode = (text: string) => text.replace(/^```[\s\S]*?^```/gm, '');

export function headings(text: string): { depth: number; title: string }[] {
  return [...withoutCode(body(text)).matchAll(/^(#{2,6}) (.+)$/gm)].map(([, marks, title]) => ({
    depth: marks!.length,
    title: title!,
  }));
}

/** The components that a lesson uses, in order. */
export function components(text: string): Part[] {
  const found = withoutCode(body(text)).matchAll(
    /<([A-Z][A-Za-z]*)((?:\s+[a-zA-Z]+(?:=(?:"[^"]*"|\{`[^`]*`\}|\{[^}]*\}))?)*)\s*\/?>/g,
  );
  return [...found].map(([, name, rest]) => {
    const attributes: Record<string, string> = {};
    for (const [, key, quoted, template, expression] of rest!.matchAll(
      /([a-zA-Z]+)=(?:"([^"]*)"|\{`([^`]*)`\}|\{([^}]*)\})/g,
    ))
      if (!READ_ALOUD.has(key!)) attributes[key!] = quoted ?? template ?? expression ?? '';
    return { name: name!, attributes };
  });
}

/** A command with what the learner may put into it in their own language left out: quoted text. */
const bare = (value: string) => value.replace(/"[^"]*[^\x20-\x7e][^"]*"|"[^"]*"/g, '""');

/** Components within a sentence: their order is the language's own. */
const INLINE = new Set(['Term', 'Scrub']);

/** How the components of two languages differ, in words. */
export function compareParts(en: readonly Part[], ko: readonly Part[]): string[] {
  const inline = (parts: readonly Part[]) =>
    parts.filter(({ name }) => INLINE.has(name)).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  const blocks = (parts: readonly Part[]) => parts.filter(({ name }) => !INLINE.has(name));
  return [...differences(blocks(en), blocks(ko)), ...differences(inline(en), inline(ko))];
}

function differences(en: readonly Part[], ko: readonly Part[]): string[] {
  const describe = (part: Part | undefined) =>
    part === undefined
      ? 'nothing'
      : `<${part.name} ${Object.entries(part.attributes)
          .map(([key, value]) => `${key}=${bare(value)}`)
          .join(' ')}>`;
  const found: string[] = [];
  for (let i = 0; i < Math.max(en.length, ko.length); i++) {
    if (describe(en[i]) !== describe(ko[i])) {
      found.push(`part ${i + 1} is ${describe(en[i])} in English and ${describe(ko[i])} in Korean`);
      break;
    }
  }
  return found;
}

/** What is read as text: no front matter, code, components or addresses. */
export function prose(text: string): string {
  return withoutCode(body(text))
    .replace(/\{`[^`]*`\}/g, '{}')
    .replace(/<\/?[A-Z][^>]*>/g, (tag) => /question="([^"]*)"/.exec(tag)?.[1] ?? ' ')
    .replace(/`[^`]*`/g, 'code')
    .replace(/\]\([^)]*\)/g, ']');
}

export function wordCount(text: string): number {
  return text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}
