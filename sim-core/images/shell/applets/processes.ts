import { commandName } from '../../command-name.ts';
import type { Program, Signal } from '../../process.ts';
import { signalName } from '../builtins/jobs.ts';
import { become } from './become.ts';
import { applet, type Tool, ToolError } from './tool.ts';

/** `pidof name…`: the PIDs of the programs, the youngest first. */
function pidof(tool: Tool): number {
  const { operands } = tool.parse('so:');
  const pids = tool.process.processes().filter((one) => operands.includes(commandName(one.argv)));
  if (pids.length === 0) return 1;
  const found = pids.map(({ pid }) => pid).reverse();
  tool.out(`${(tool.args.includes('-s') ? found.slice(0, 1) : found).join(' ')}\n`);
  return 0;
}

/** Takes `-9`, `-HUP` and the like from the arguments. */
function takeSignal(args: readonly string[]): { signal: Signal; rest: string[] } {
  let signal: Signal = 'SIGTERM';
  const rest = args.filter((arg) => {
    const name = /^-[A-Z\d]/.test(arg) ? signalName(arg.slice(1)) : undefined;
    if (name === undefined || name === 'EXIT') return true;
    signal = `SIG${name}` as Signal;
    return false;
  });
  return { signal, rest };
}

/** `pgrep` and `pkill`: processes whose name (with `-f`: whose command line) matches a pattern. */
function grepProcesses(tool: Tool): number {
  const { signal, rest } = takeSignal(tool.args);
  const flags = rest.filter((arg) => arg.startsWith('-')).join('');
  const pattern = rest.find((arg) => !arg.startsWith('-'));
  if (pattern === undefined) throw new ToolError('no matching criteria specified', 2);
  let regex: RegExp;
  try {
    regex = new RegExp(flags.includes('x') ? `^(?:${pattern})$` : pattern);
  } catch {
    throw new ToolError(`bad regex '${pattern}'`, 2);
  }
  const found = tool.process.processes().filter((one) => {
    if (one.pid === tool.process.pid) return false;
    return regex.test(flags.includes('f') ? one.argv.join(' ') : commandName(one.argv));
  });
  for (const one of found) {
    if (tool.name === 'pkill') tool.process.kill(one.pid, signal);
    else
      tool.out(
        `${one.pid}${flags.includes('a') ? ` ${one.argv.join(' ')}` : flags.includes('l') ? ` ${commandName(one.argv)}` : ''}\n`,
      );
  }
  return found.length > 0 ? 0 : 1;
}

function killall(tool: Tool): number {
  const { signal, rest } = takeSignal(tool.args);
  let failed = 0;
  for (const name of rest.filter((arg) => arg !== '-q')) {
    const found = tool.process
      .processes()
      .filter((one) => one.pid !== tool.process.pid && commandName(one.argv) === name);
    for (const { pid } of found) tool.process.kill(pid, signal);
    if (found.length > 0) continue;
    failed = 1;
    if (!rest.includes('-q')) tool.complain(`${name}: no process killed`);
  }
  return failed;
}

/** A program that runs another in its place, after some options of its own. */
function prefix(options: RegExp | undefined, before?: (tool: Tool) => void): Program {
  return applet(function* run(tool) {
    let index = 0;
    while (options?.test(tool.args[index] ?? '')) index += tool.args[index] === '-n' ? 2 : 1;
    const argv = tool.args.slice(index);
    if (argv.length === 0) throw new ToolError('missing operand');
    before?.(tool);
    return yield* become(tool, argv);
  });
}

export const PROCESS_APPLETS: Readonly<Record<string, Program>> = {
  killall: applet(killall),
  nice: prefix(/^-/),
  nohup: prefix(undefined, (tool) => tool.process.onSignal('SIGHUP', 'ignore')),
  pgrep: applet(grepProcesses),
  pidof: applet(pidof),
  pkill: applet(grepProcesses),
  setsid: prefix(/^-[cfw]$/),
  sync: applet(() => 0),
};
