import { formatDate } from '../../engine/format-date.ts';
import { type Coroutine, type Micros, SECOND, suspend } from '../../engine/index.ts';
import type { Program } from '../../images/process.ts';
import { applet, type Tool, ToolError } from '../../images/shell/applets/tool.ts';
import { DAEMON_PIDS, type JournalLine } from '../journal.ts';
import type { NodeMachine } from '../node.ts';
import type { Daemon } from '../runtime/process-table.ts';
import { changePower } from './power.ts';

const stamp = (time: Micros) => formatDate('%b %d %T', time);

/** The machine's daemons as its processes: systemd, containerd, the kubelet while it runs, which systemd starts again when it is killed. */
export function daemonsOf(node: NodeMachine): Daemon[] {
  const daemon = (
    unit: JournalLine['unit'],
    argv: readonly string[],
    mebibytes: number,
    startedAt: Micros,
  ): Daemon => ({
    pid: DAEMON_PIDS[unit],
    parent: unit === 'systemd' ? 0 : 1,
    user: 0,
    argv,
    startedAt,
    memory: mebibytes * 1024 * 1024,
    network: unit === 'kubelet' ? node.kubeletNetwork : undefined,
    signal(signal) {
      if (unit === 'kubelet' && (signal === 'SIGKILL' || signal === 'SIGTERM')) node.killKubelet(signal);
    },
  });
  const kubelet = [
    '/usr/bin/kubelet',
    '--kubeconfig=/etc/kubernetes/kubelet.conf',
    '--config=/var/lib/kubelet/config.yaml',
  ];
  return [
    daemon('systemd', ['/sbin/init'], 12, node.bootedAt),
    daemon('containerd', ['/usr/bin/containerd'], 48, node.bootedAt),
    ...(isActive(node, 'kubelet') ? [daemon('kubelet', kubelet, 62, node.kubeletSince)] : []),
  ];
}

/** A line as journalctl prints it. */
export function journalText(node: string, { time, unit, text }: JournalLine): string {
  return `${stamp(time)} ${node} ${unit}[${DAEMON_PIDS[unit]}]: ${text}\n`;
}

function unitOf(word: string | undefined): string {
  return (word ?? '').replace(/\.service$/, '');
}

function ago(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}min ${seconds % 60}s`;
  return `${Math.floor(seconds / 3600)}h ${Math.floor((seconds % 3600) / 60)}min`;
}

/** `systemctl status|start|stop|restart|is-active kubelet`, and the status of containerd. */
export function systemctl(node: NodeMachine): Program {
  return applet((tool) => {
    const words = tool.args.filter((word) => !word.startsWith('-'));
    const [verb = 'list-units', ...units] = words;
    if (verb === 'daemon-reload') return 0;
    if (verb === 'reboot' || verb === 'poweroff') {
      changePower(node, verb);
      return 0;
    }
    if (verb === 'list-units') {
      tool.out('  UNIT                LOAD   ACTIVE   SUB     DESCRIPTION\n');
      for (const unit of ['containerd', 'kubelet']) {
        const { active, sub } = stateOf(node, unit);
        const state = `${active.padEnd(8)} ${sub.padEnd(7)}`;
        tool.out(`  ${`${unit}.service`.padEnd(19)} loaded ${state} ${DESCRIPTIONS[unit]}\n`);
      }
      return 0;
    }
    if (units.length === 0) throw new ToolError('Too few arguments.');
    let code = 0;
    for (const word of units) code = Math.max(code, control(tool, node, verb, unitOf(word)));
    return code;
  });
}

/** Of kubeadm's 10-kubeadm.conf. */
const EXEC_START =
  '/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS';

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  containerd: 'containerd container runtime',
  kubelet: 'kubelet: The Kubernetes Node Agent',
};

function isActive(node: NodeMachine, unit: string): boolean {
  return unit === 'containerd' || node.kubelet !== undefined;
}

/** What systemd calls a unit's state, its ACTIVE and its SUB. */
function stateOf(node: NodeMachine, unit: string): { active: string; sub: string } {
  if (isActive(node, unit)) return { active: 'active', sub: 'running' };
  return node.isRestartingKubelet ? { active: 'activating', sub: 'auto-restart' } : { active: 'inactive', sub: 'dead' };
}

function control(tool: Tool, node: NodeMachine, verb: string, unit: string): number {
  if (!Object.hasOwn(DESCRIPTIONS, unit)) {
    tool.process.stderr.write(
      verb === 'status'
        ? `Unit ${unit}.service could not be found.\n`
        : `Failed to ${verb} ${unit}.service: Unit ${unit}.service not found.\n`,
    );
    return verb === 'status' ? 4 : 5;
  }
  switch (verb) {
    case 'status':
      tool.out(status(node, unit, tool.process.now()));
      return isActive(node, unit) ? 0 : 3;
    case 'is-active':
      tool.out(`${stateOf(node, unit).active}\n`);
      return isActive(node, unit) ? 0 : 3;
    case 'is-enabled':
      tool.out('enabled\n');
      return 0;
    case 'enable':
      return 0;
    case 'start':
    case 'stop':
    case 'restart':
      if (unit !== 'kubelet')
        throw new ToolError(`sim-core does not ${verb} ${unit}: only the kubelet's service is simulated`);
      if (verb !== 'start') node.stopKubelet();
      if (verb !== 'stop') node.startKubelet();
      return 0;
    default:
      throw new ToolError(`Unknown command verb ${verb}.`);
  }
}

function status(node: NodeMachine, unit: string, now: Micros): string {
  const running = isActive(node, unit);
  const { active, sub } = stateOf(node, unit);
  const since = unit === 'kubelet' ? node.kubeletSince : node.bootedAt;
  const date = formatDate('%a %F %T UTC', since);
  const lines = node.journal.lines(unit).slice(-10);
  const pid = DAEMON_PIDS[unit as 'kubelet'];
  return [
    `${active === 'inactive' ? '○' : '●'} ${unit}.service - ${DESCRIPTIONS[unit]}`,
    `     Loaded: loaded (/lib/systemd/system/${unit}.service; enabled; preset: enabled)`,
    `     Active: ${active} (${sub})${unit === 'kubelet' && node.hasKubeletFailed ? ' (Result: exit-code)' : ''} since ${date}; ${ago(Math.floor((now - since) / SECOND))} ago`,
    ...(running ? [`   Main PID: ${pid} (${unit})`, `     CGroup: /system.slice/${unit}.service`] : []),
    ...(unit === 'kubelet' && node.hasKubeletFailed
      ? [
          `    Process: ${pid} ExecStart=${EXEC_START} (code=exited, status=1/FAILURE)`,
          `   Main PID: ${pid} (code=exited, status=1/FAILURE)`,
        ]
      : []),
    '',
    lines.map((line) => journalText(node.name, line)).join(''),
  ].join('\n');
}

/** `journalctl -u kubelet [-f] [-n LINES]`. */
export function journalctl(node: NodeMachine): Program {
  return applet(function* (tool): Coroutine<number> {
    const { options } = tool.parse('u:fn:rxeb', {
      unit: 'u',
      follow: 'f',
      lines: 'n',
      'no-pager': 'x',
      since: 'n',
      reverse: 'r',
    });
    const unit = options.has('u') ? unitOf(options.get('u')) : undefined;
    let lines = [...node.journal.lines(unit)];
    if (options.has('f') || options.has('n')) lines = lines.slice(-(Number(options.get('n')) || 10));
    if (options.has('r')) lines.reverse();
    if (lines.length === 0 && !options.has('f')) tool.out('-- No entries --\n');
    for (const line of lines) tool.out(journalText(node.name, line));
    if (!options.has('f')) return 0;
    yield* suspend<void>(() => node.journal.follow(unit, (line) => tool.out(journalText(node.name, line))));
    return 0;
  });
}
