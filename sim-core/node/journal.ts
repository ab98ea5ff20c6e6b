import { civilTime, formatMicroTime, type Micros } from '../engine/index.ts';
import type { PodSandboxMetadata } from './cri/sandbox.ts';

/** One line of the system's journal. */
export interface JournalLine {
  readonly time: Micros;
  readonly unit: 'kubelet' | 'containerd' | 'systemd';
  readonly text: string;
}

/** PIDs of a machine's daemons. */
export const DAEMON_PIDS: Readonly<Record<JournalLine['unit'], number>> = { systemd: 1, containerd: 612, kubelet: 812 };

/** Lines kept: older ones are rotated away. */
const MOST_LINES = 500;

/** What a node's services write down: journald, as far as people read it. */
export class Journal {
  private kept: JournalLine[] = [];
  private readonly listeners = new Set<(line: JournalLine) => void>();

  write(line: JournalLine): void {
    this.kept.push(line);
    if (this.kept.length >= 2 * MOST_LINES) this.kept = this.kept.slice(-MOST_LINES);
    for (const listener of this.listeners) listener(line);
  }

  /** Lines of a unit (of all without one), oldest first. What systemd says of a unit is among the unit's. */
  lines(unit?: string): readonly JournalLine[] {
    const recent = this.kept.slice(-MOST_LINES);
    return unit === undefined ? recent : recent.filter((line) => belongs(line, unit));
  }

  /** Tells of each line from now on; returns what stops that. */
  follow(unit: string | undefined, listener: (line: JournalLine) => void): () => void {
    const own = (line: JournalLine) => {
      if (unit === undefined || belongs(line, unit)) listener(line);
    };
    this.listeners.add(own);
    return () => this.listeners.delete(own);
  }
}

function belongs(line: JournalLine, unit: string): boolean {
  return line.unit === unit || (line.unit === 'systemd' && line.text.includes(`${unit}.service`));
}

/** The kubelet heard of a change of one of its containers. It says so of each, and few are ever read: they are put into words then. */
export class PlegLine implements JournalLine {
  readonly time: Micros;
  private readonly pod: PodSandboxMetadata;
  private readonly type: string;
  private readonly containerId: string;

  constructor(time: Micros, pod: PodSandboxMetadata, type: string, containerId: string) {
    this.time = time;
    this.pod = pod;
    this.type = type;
    this.containerId = containerId;
  }

  get unit(): 'kubelet' {
    return 'kubelet';
  }

  get text(): string {
    const { namespace, name, uid } = this.pod;
    const data = JSON.stringify({ ID: uid, Type: this.type, Data: this.containerId });
    const message = `kubelet.go:2460] "SyncLoop (PLEG): event for pod" pod="${namespace}/${name}" event=${data}`;
    return klogHead('I', this.time) + message;
  }
}

/** The kubelet tells of something that went wrong: `file.go:187] "…" err="…"`. */
export function kubeletError(time: Micros, message: string): JournalLine {
  return kubeletRemark(time, 'E', message);
}

/** The kubelet tells of something, well or ill: its severity, and what follows klog's head. */
export function kubeletRemark(time: Micros, severity: 'I' | 'E', message: string): JournalLine {
  return { time, unit: 'kubelet', text: klogHead(severity, time) + message };
}

/** klog's head of a line: `I0105 09:00:31.123456     812 `. */
function klogHead(severity: 'I' | 'E', time: Micros): string {
  const { month, day } = civilTime(time);
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = formatMicroTime(time).slice(11, 26);
  return `${severity}${two(month)}${two(day)} ${clock} ${String(DAEMON_PIDS.kubelet).padStart(7)} `;
}
