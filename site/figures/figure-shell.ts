import { wallTime } from '../../sim-core/host/runtime/wall-time.ts';
import type { Strings } from '../i18n/index.ts';
import type { ClusterSession } from '../workspace/session.svelte.ts';
import { PageShell } from '../workspace/shell.ts';

/** A shell of a figure: one line at a time, no files, no editor. `note`: is told each line before it runs. */
export function figureShell(
  session: ClusterSession,
  words: Strings['workspace']['terminal'],
  note: (line: string) => void,
): PageShell {
  return new PageShell({
    client: () => (session.client === undefined ? undefined : { rest: session.client, token: session.client.token }),
    now: () => session.now() / 1000,
    sleep: wallTime,
    note,
    edit: () => Promise.resolve(undefined),
    files: { names: () => [], read: () => undefined, write: () => {}, remove: () => {} },
    words,
  });
}

/** What a line prints, and its exit code. */
export async function typed(shell: PageShell, line: string): Promise<{ code: number; text: string }> {
  let text = '';
  shell.attach({
    write: (more) => {
      text += more;
    },
    size: () => ({ columns: 80, rows: 24 }),
    onResize: () => () => {},
  });
  return { code: await shell.run(line, []), text };
}
