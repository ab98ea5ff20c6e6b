import { type Coroutine, suspend } from '../../engine/index.ts';
import { absolutePath } from '../absolute-path.ts';
import { readLine } from '../pipe.ts';
import { FileError, type Process, type Program } from '../process.ts';
import { completeWord } from './complete-word.ts';
import { ShellError } from './expansion.ts';
import { InterruptJump } from './jumps.ts';
import { type Dialect, Shell } from './shell.ts';
import { isWhole } from './syntax.ts';

/** `sh`: a script after `-c`, from a file, from stdin, or commands typed at a terminal. */
export function sh(dialect: Dialect): Program {
  return function* main(process) {
    const shell = new Shell(process, dialect);
    const args = process.argv.slice(1);
    let script: string | undefined;
    let fromInput = false;
    let index = 0;
    for (; index < args.length && /^[-+]./.test(args[index]!); index++) {
      const arg = args[index]!;
      if (arg === '--') {
        index++;
        break;
      }
      if (arg === '-o' || arg === '+o') {
        const name = args[++index];
        if (name === 'pipefail' || name === 'errexit' || name === 'nounset' || name === 'xtrace')
          shell.options[name] = arg === '-o';
        else return refuse(shell, `illegal option -o ${name ?? ''}`);
        continue;
      }
      for (const letter of arg.slice(1)) {
        if (letter === 'c') script = '';
        else if (letter === 'e') shell.options.errexit = arg.startsWith('-');
        else if (letter === 'u') shell.options.nounset = arg.startsWith('-');
        else if (letter === 'x') shell.options.xtrace = arg.startsWith('-');
        else if (letter === 'f') shell.options.noglob = arg.startsWith('-');
        else if (letter === 'i') shell.options.interactive = true;
        else if (letter === 's') fromInput = true;
        else if (letter !== 'l' && letter !== 'm') return refuse(shell, `illegal option -${letter}`);
      }
    }
    if (script !== undefined) {
      const source = args[index];
      if (source === undefined) return refuse(shell, '-c requires an argument');
      shell.name = args[index + 1] ?? shell.name;
      shell.positional = args.slice(index + 2);
      return yield* shell.toTheEnd(() => shell.runSource(source, true));
    }
    const file = args[index];
    if (file !== undefined && !fromInput) {
      let source: string;
      try {
        source = process.files.read(absolutePath(process.cwd, file));
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        shell.complain(`can't open '${file}': ${error.message}`);
        return 2;
      }
      shell.name = file;
      shell.positional = args.slice(index + 1);
      return yield* shell.toTheEnd(() => shell.runSource(source));
    }
    shell.positional = args.slice(index);
    if (process.terminal || shell.options.interactive) {
      shell.options.interactive = true;
      return yield* shell.toTheEnd(() => interact(shell));
    }
    return yield* shell.toTheEnd(() => runInput(shell));
  };
}

function refuse(shell: Shell, text: string): number {
  shell.complain(text);
  return 2;
}

/** Commands from a pipe: each line runs as it is read, so that commands can read what follows them. */
function* runInput(shell: Shell): Coroutine {
  let source = '';
  for (;;) {
    const line = yield* readLine(shell.process.stdin);
    source += line ?? '';
    if (source !== '' && (line === undefined || isWhole(source))) {
      const whole = source;
      source = '';
      yield* shell.runSource(whole);
    }
    if (line === undefined) return;
  }
}

/** Commands typed at a terminal. */
function* interact(shell: Shell): Coroutine {
  const { process } = shell;
  let wake: (() => void) | undefined;
  process.onSignal('SIGINT', () => {
    if (wake === undefined) shell.interrupt();
    else wake();
  });
  process.onSignal('SIGQUIT', 'ignore');
  process.onSignal('SIGTERM', 'ignore');
  let text = '';
  for (;;) {
    const shown = text === '' ? prompt(shell) : (shell.get('PS2') ?? '> ');
    process.stderr.write(shown);
    process.stdin.completer = (before) => ({ ...completeWord(shell, before), prompt: shown });
    const interrupted = { yes: false };
    const line = yield* readOrInterrupt(process, (resume) => {
      wake =
        resume === undefined
          ? undefined
          : () => {
              interrupted.yes = true;
              resume();
            };
    });
    wake = undefined;
    process.stdin.completer = undefined;
    if (interrupted.yes) {
      text = '';
      shell.status = 130;
      continue;
    }
    if (line === undefined) {
      if (text !== '') {
        process.stderr.write('\n');
        shell.complain('syntax error: unexpected end of file');
        text = '';
        continue;
      }
      process.stderr.write('\n');
      return;
    }
    text += line;
    if (!isWhole(text)) continue;
    const source = text;
    text = '';
    try {
      yield* shell.runSource(source);
    } catch (error) {
      if (error instanceof ShellError) {
        shell.complain(error.message);
        shell.status = error.code;
      } else if (!(error instanceof InterruptJump)) throw error;
    }
    shell.takeInterrupt();
    shell.rested();
  }
}

function prompt(shell: Shell): string {
  const { process } = shell;
  const sign = process.user === 0 ? '#' : '$';
  const home = shell.get('HOME');
  const cwd =
    home !== undefined && home !== '/' && (process.cwd === home || process.cwd.startsWith(`${home}/`))
      ? `~${process.cwd.slice(home.length)}`
      : process.cwd;
  const ps1 = shell.get('PS1') ?? (shell.dialect === 'dash' ? '\\$ ' : '\\w \\$ ');
  return ps1
    .replaceAll('\\w', cwd)
    .replaceAll('\\h', process.network.hostname)
    .replaceAll('\\u', process.user === 0 ? 'root' : String(process.user))
    .replaceAll('\\$', sign);
}

/** Reads from stdin; `arm` gets what gives up, and `undefined` once it is over. */
function* readOrInterrupt(
  process: Process,
  arm: (giveUp: (() => void) | undefined) => void,
): Coroutine<string | undefined> {
  const reading = process.stdin.read();
  let next = reading.next();
  let given = false;
  while (next.done !== true) {
    const suspension = next.value;
    const value = yield* suspend<unknown>((resume, fail, engine) => {
      const withdraw = suspension(resume, fail, engine);
      arm(() => {
        given = true;
        withdraw?.();
        resume(undefined);
      });
      return withdraw;
    });
    if (given) {
      reading.return(undefined);
      arm(undefined);
      return '';
    }
    next = reading.next(value);
  }
  arm(undefined);
  return next.value;
}
