import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import '../../sim-core/host/programs.ts';
import { apiDocuments } from '../../sim-core/apiserver/rest/documents.ts';
import { LocalCluster } from '../../sim-core/host/local-client.ts';
import { LocalShell } from '../../sim-core/host/local-shell.ts';

/** A command as it is typed in exercises for certificates, and what it has to print. */
interface Step {
  readonly line: string;
  readonly pattern: RegExp | undefined;
  readonly fails: boolean;
}

/**
 * `$ command`, whose next lines belong to it; `~ pattern` is what it prints and then it ends with 0; `! pattern` is what it prints and then
 * it ends with something else. A file may begin with `# preset: NAME`. Without a pattern only the exit code counts.
 */
function parse(text: string): Step[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((block) => {
      const match = /\n([~!]) ?(.*)\n*$/.exec(block);
      const line = (match === null ? block : block.slice(0, match.index)).trimEnd();
      return { line, pattern: match === null ? undefined : new RegExp(match[2]!, 'm'), fails: match?.[1] === '!' };
    });
}

const files = globSync('*.txt', { cwd: import.meta.dirname }).sort();

/** As wide as the exercises: one shell and one cluster for a file, as one sitting at it has. */
describe.each(files)('%s', (file) => {
  it('has its effect', { timeout: 300_000 }, async () => {
    const text = readFileSync(path.join(import.meta.dirname, file), 'utf8');
    const preset = /^# preset: (\S+)$/m.exec(text)?.[1] ?? 'three-workers';
    const local = new LocalCluster({ preset });
    Object.assign(local.session.cluster.meta, apiDocuments());
    local.session.cluster.engine.settle();
    const shell = new LocalShell(local);
    const wrong: string[] = [];
    try {
      for (const { line, pattern, fails } of parse(text)) {
        const { stdout, stderr, code } = await shell.run(line);
        const printed = `${stdout}${stderr}`;
        if ((code !== 0) === fails && (pattern === undefined || pattern.test(printed))) continue;
        wrong.push(
          `$ ${line}\n${printed}exit ${code}, expected ${fails ? 'a failure' : '0'} and ${pattern ?? 'anything'}`,
        );
      }
    } finally {
      shell.close();
    }
    expect(wrong).toEqual([]);
  });
});
