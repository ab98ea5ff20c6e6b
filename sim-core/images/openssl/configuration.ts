import { ToolError } from '../shell/applets/tool.ts';
import { type ExtensionContext, extensionOf } from './extensions.ts';
import type { PublicKey } from './keys.ts';

export type Lines = readonly (readonly [name: string, value: string])[];

/** A configuration file's lines by section; those before the first are of `default`. */
export function readConfiguration(text: string): ReadonlyMap<string, Lines> {
  const sections = new Map<string, [string, string][]>();
  let current: [string, string][] = [];
  sections.set('default', current);
  for (const line of text.replace(/\\\n/g, '').split('\n')) {
    const bare = line.replace(/#.*/, '').trim();
    const section = /^\[\s*(.*?)\s*\]$/.exec(bare)?.[1];
    if (section !== undefined) {
      current = sections.get(section) ?? [];
      sections.set(section, current);
    } else if (bare.includes('=')) {
      const equals = bare.indexOf('=');
      current.push([
        bare.slice(0, equals).trim(),
        bare
          .slice(equals + 1)
          .trim()
          .replace(/^"(.*)"$/, '$1'),
      ]);
    }
  }
  return sections;
}

/** The lines of a section. Throws ToolError in OpenSSL's words. */
export function sectionOf(sections: ReadonlyMap<string, Lines>, name: string): Lines {
  const found = sections.get(name);
  if (found === undefined) throw new ToolError(`Error checking extension section ${name}`);
  return found;
}

export function valueIn(lines: Lines | undefined, name: string): string | undefined {
  return lines?.find(([key]) => key === name)?.[1];
}

/** The extensions of some lines, as DER. */
export function extensionsOf(
  lines: Lines,
  sections: ReadonlyMap<string, Lines>,
  own: PublicKey,
  issuer: PublicKey,
): string[] {
  const context: ExtensionContext = { section: (name) => sectionOf(sections, name), own, issuer };
  return lines.map(([name, value]) => extensionOf(name, value, context));
}
