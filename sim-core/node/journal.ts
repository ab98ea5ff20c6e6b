import { civilTime, flat, formatMicroTime, type Micros } from '../engine/index.ts';

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
    this.kept.push({ ...line, text: flat(line.text) });
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

/** klog's head of a line: `I0105 09:00:31.123456     812 `. */
export function klogHead(time: Micros): string {
  const { month, day } = civilTime(time);
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = formatMicroTime(time).slice(11, 26);
  return `I${two(month)}${two(day)} ${clock} ${String(DAEMON_PIDS.kubelet).padStart(7)} `;
}
