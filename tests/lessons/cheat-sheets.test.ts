/** What the cheat sheets say of kubectl, kubectl knows: its commands and their flags. */
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { MODULES } from '../../lessons/course.ts';
import { LocalCluster } from '../../sim-core/host/local-client.ts';
import { LocalShell } from '../../sim-core/host/local-shell.ts';
import { cheatSheet } from '../../site/cheat-sheet.ts';
import { FORBIDDEN_ENGLISH, FORBIDDEN_KOREAN } from './words.ts';

const lessons = path.join(import.meta.dirname, '../../lessons');
const shell = new LocalShell(new LocalCluster({ preset: 'one-worker' }), {});
afterAll(() => shell.close());

const helps = new Map<string, string>();
async function help(command: string): Promise<string> {
  const known = helps.get(command);
  if (known !== undefined) return known;
  const { code, stdout } = await shell.run(command === 'options' ? 'kubectl options' : `kubectl ${command} --help`);
  const text = code === 0 ? stdout : '';
  helps.set(command, text);
  return text;
}

describe.each(MODULES.map(({ slug }) => slug))('the sheet of %s', (module) => {
  const rows = (cheatSheet(module, lessons) ?? []).flatMap((group) => group.rows);

  it('fills a page, and not more', () => {
    expect(rows.length).toBeGreaterThanOrEqual(12);
    expect(rows.length).toBeLessThanOrEqual(26);
  });

  it('uses the words of the course', () => {
    for (const { en, ko } of rows) {
      for (const { pattern } of FORBIDDEN_ENGLISH) expect(en).not.toMatch(pattern);
      for (const { pattern } of FORBIDDEN_KOREAN) expect(ko).not.toMatch(pattern);
    }
  });

  it('names commands and flags that there are', async () => {
    const commands = rows.flatMap(({ say }) => say.split(/[;,|]/)).filter((each) => each.trim().startsWith('kubectl '));
    for (const command of commands) {
      const words = command.trim().split(/\s+/).slice(1);
      let known = '';
      for (let count = 3; count > 0 && known === ''; count--) known = await help(words.slice(0, count).join(' '));
      expect(known, command).not.toBe('');
      const flags = words.flatMap((word) => /^(--[a-z-]+)/.exec(word)?.[1] ?? []);
      for (const flag of flags) expect(known + (await help('options')), `${command}: ${flag}`).toContain(flag);
    }
  });
});
