import type { Coroutine } from '../../engine/index.ts';
import type { Program } from '../../images/process.ts';
import { Tool, ToolError } from '../../images/shell/applets/tool.ts';
import type { LearnerComputer } from '../computer.ts';

/** Rows that each key moves by, where a page has so many. */
function step(key: string, page: number): number | undefined {
  if (key === ' ' || key === 'f' || key === '\x1b[6~') return page;
  if (key === 'b' || key === '\x1b[5~') return -page;
  if (key === 'd') return page >> 1;
  if (key === 'u') return -(page >> 1);
  if (key === '\r' || key === 'j' || key === '\x1b[B') return 1;
  if (key === 'k' || key === '\x1b[A') return -1;
  if (key === 'g') return Number.NEGATIVE_INFINITY;
  if (key === 'G') return Number.POSITIVE_INFINITY;
  return undefined;
}

/** `less` and `more`: a page at a time on a terminal, all at once into a pipe or a file. */
export function pagerProgram(computer: LearnerComputer): Program {
  return function* pager(process): Coroutine<number> {
    const tool = new Tool(process);
    const names = tool.args.filter((word) => !/^[-+]/.test(word));
    let text = '';
    try {
      for (const name of names.length === 0 ? ['-'] : names) text += yield* tool.content(name);
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      tool.complain(error.message);
      return 1;
    }
    const lines = text.replace(/\n$/, '').split('\n');
    const page = Math.max(1, computer.terminalSize().rows - 1);
    if (!computer.isTerminal(process.stdout) || lines.length <= page) {
      tool.out(text);
      return 0;
    }
    return yield* computer.pump.wait((signal) => show(computer, (out) => tool.out(out), lines, page, signal));
  };
}

/** Shows the lines in the terminal's other screen until `q`. */
function show(
  computer: LearnerComputer,
  write: (text: string) => void,
  lines: readonly string[],
  page: number,
  signal: AbortSignal,
): Promise<number> {
  let top = 0;
  let sought: string | undefined;
  let found = '';
  const { columns } = computer.terminalSize();
  const draw = () => {
    const rows = lines.slice(top, top + page).map((line) => `${line.slice(0, columns)}\r\n`);
    const prompt = sought === undefined ? (top + page >= lines.length ? '\x1b[7m(END)\x1b[0m' : ':') : `/${sought}`;
    write(`\x1b[H\x1b[2J${rows.join('')}${prompt}`);
    computer.pump.poke();
  };
  const move = (to: number) => {
    top = Math.max(0, Math.min(to, lines.length - page));
  };
  const seek = () => {
    const at = lines.findIndex((line, index) => index > top && line.toLowerCase().includes(found.toLowerCase()));
    if (at >= 0) move(at);
  };
  return new Promise((resolve) => {
    const close = () => {
      stop();
      write('\x1b[?1049l');
      computer.pump.poke();
      resolve(0);
    };
    // biome-ignore lint/suspicious/noControlCharactersInRegex: keys of a terminal
    const keysOf = (text: string) => text.match(/\x1b\[[0-9;]*[A-Za-z~]|[\s\S]/g) ?? [];
    const stop = computer.readRaw((text) => {
      for (const key of keysOf(text)) {
        if (sought !== undefined) {
          if (key === '\r') {
            found = sought || found;
            sought = undefined;
            seek();
          } else if (key === '\x7f') sought = sought.slice(0, -1);
          else if (key >= ' ') sought += key;
        } else if (key === 'q' || key === 'Q' || key === '\x03') return close();
        else if (key === '/') sought = '';
        else if (key === 'n') seek();
        else move(top + (step(key, page) ?? 0));
      }
      draw();
    });
    signal.addEventListener('abort', stop, { once: true });
    write('\x1b[?1049h');
    draw();
  });
}
