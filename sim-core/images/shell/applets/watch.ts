import { formatDate } from '../../../engine/format-date.ts';
import { type Coroutine, SECOND, sleep } from '../../../engine/index.ts';
import { TextOutput } from '../../pipe.ts';
import { type Tool, ToolError } from './tool.ts';

/** Another screen, so that what was there is there again afterwards. */
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';

/** `watch [-n SECONDS] [-t] COMMAND`: runs a command again and again and shows what it prints, until ^C. */
export function* watch(tool: Tool): Coroutine<number> {
  const words = [...tool.args];
  let seconds = 2;
  let title = true;
  while (words[0]?.startsWith('-') === true && words[0] !== '--') {
    const word = words.shift()!;
    const interval = /^(?:-n|--interval[= ]?)(.*)$/.exec(word);
    if (interval !== null) seconds = Number(interval[1] === '' ? words.shift() : interval[1]);
    else if (word === '-t' || word === '--no-title') title = false;
    else if (!/^-[dcex]+$|^--(differences|color|beep)$/.test(word))
      throw new ToolError(`unrecognized option: ${word.replace(/^-/, '')}`);
  }
  if (words[0] === '--') words.shift();
  if (words.length === 0 || !(seconds >= 0)) throw new ToolError('usage: watch [-n SEC] [-t] PROG ARGS');
  const { process } = tool;
  const command = words.join(' ');
  if (process.terminal) tool.out(ENTER);
  try {
    for (;;) {
      const output = new TextOutput();
      const child = process.spawn({ argv: ['sh', '-c', command], stdout: output, stderr: output });
      yield* child.wait();
      tool.out(frame(tool, output.text, title ? `Every ${seconds.toFixed(1)}s: ${command}` : undefined));
      yield* sleep(Math.max(0.1, seconds) * SECOND);
    }
  } finally {
    if (process.terminal) tool.out(LEAVE);
  }
}

function frame({ process }: Tool, text: string, title: string | undefined): string {
  const { columns, rows } = process.terminalSize;
  const head: string[] = [];
  if (title !== undefined) {
    const right = `${process.network.hostname}: ${formatDate('%a %b %e %H:%M:%S %Y', process.now())}`;
    head.push(`${title.slice(0, Math.max(0, columns - right.length - 1)).padEnd(columns - right.length)}${right}`, '');
  }
  if (!process.terminal) return `${[...head, text].join('\n')}`;
  const lines = [...head, ...text.split('\n')].slice(0, rows);
  return `\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\n')}\x1b[J`;
}
