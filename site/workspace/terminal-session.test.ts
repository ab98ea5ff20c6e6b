import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Shell } from './shell.ts';
import { type TerminalOptions, TerminalSession } from './terminal-session.ts';

/** What was done with a terminal of xterm's, in order. */
const done = vi.hoisted((): string[] => []);

vi.mock('@xterm/addon-fit', () => ({
  FitAddon: class {
    fit = () => done.push('fit');
  },
}));
vi.mock('@xterm/xterm', () => ({
  Terminal: class {
    readonly cols = 80;
    readonly rows = 24;
    loadAddon = () => {};
    open = () => done.push('open');
    attachCustomKeyEventHandler = () => {};
    onData = () => {};
    onResize = () => {};
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours and moves of the cursor are no text
    write = (text: string) => done.push(text.replaceAll(/\x1b\[[\d;]*[A-Za-z]|\r/g, ''));
    dispose = () => done.push('dispose');
  },
}));
vi.mock('@xterm/xterm/css/xterm.css?inline', () => ({ default: '' }));

beforeEach(() => {
  done.length = 0;
  vi.stubGlobal('document', { hidden: true, getElementById: () => ({}) });
  vi.stubGlobal('getComputedStyle', () => ({ getPropertyValue: () => '' }));
});
afterEach(() => vi.unstubAllGlobals());

function options(attached: () => void): TerminalOptions {
  return {
    shell: { folder: '~', attach: attached } as unknown as Shell,
    history: [],
    screenReader: false,
    label: '',
    greeting: '클러스터와 연결되었습니다. Try: kubectl',
    searchWord: '',
    events: { finished() {}, historyChanged() {}, leave() {}, lost() {} },
  };
}

it('greets a few letters at a time, then takes the shell and shows its prompt', async () => {
  const session = await TerminalSession.open(
    { isConnected: true } as HTMLElement,
    options(() => done.push('attach')),
  );
  expect(session).toBeDefined();
  expect(done).toEqual(['open', 'fit', '클러스터와 연결되었습니', '다. Try: kube', 'ctl\n', 'attach', '$ ']);
});

it.each([0, 1, 2, 4])('does not take the shell for a terminal that was taken away after %i pieces', async (pieces) => {
  const attached = vi.fn();
  const host = {
    get isConnected() {
      return done.length < pieces;
    },
  };
  expect(await TerminalSession.open(host as HTMLElement, options(attached))).toBeUndefined();
  expect(attached).not.toHaveBeenCalled();
  expect(done).toHaveLength(pieces + 1);
  expect(done.at(-1)).toBe('dispose');
});
