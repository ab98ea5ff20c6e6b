import { encodeUtf8 } from '../../api/utf8.ts';
import type { Process } from '../../images/process.ts';
import type { LearnerComputer } from '../computer.ts';
import { Abandoned } from '../pump.ts';

/** Standard input for programs that wait with promises: lines from a pipe, a file or the terminal, or raw keys. */
export class KeyReader {
  private readonly computer: LearnerComputer;
  private readonly process: Process;
  private readonly keys: Uint8Array[] = [];
  private waiting: ((keys: Uint8Array | undefined) => void) | undefined;
  private stopRaw: (() => void) | undefined;

  constructor(computer: LearnerComputer, process: Process) {
    this.computer = computer;
    this.process = process;
  }

  get isTerminal(): boolean {
    return this.computer.isTerminal(this.process.stdin);
  }

  /** The next bytes; undefined at the end, or when `signal` is aborted. */
  async read(signal?: AbortSignal): Promise<Uint8Array | undefined> {
    if (this.stopRaw !== undefined) {
      const first = this.keys.shift();
      if (first !== undefined) return first;
      return new Promise((resolve) => {
        this.waiting = resolve;
      });
    }
    try {
      const text = await this.computer.pump.drive(this.process.stdin.read(), signal);
      return text === undefined ? undefined : encodeUtf8(text);
    } catch (error) {
      if (error instanceof Abandoned) return undefined;
      throw error;
    }
  }

  /** Has each key come as it is pressed, ^C among them. */
  setRaw(on: boolean): void {
    this.stopRaw?.();
    this.stopRaw = undefined;
    if (!on || !this.isTerminal) return;
    this.stopRaw = this.computer.readRaw((text) => {
      const bytes = encodeUtf8(text);
      const { waiting } = this;
      this.waiting = undefined;
      if (waiting === undefined) this.keys.push(bytes);
      else waiting(bytes);
    });
  }

  close(): void {
    this.stopRaw?.();
    this.stopRaw = undefined;
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.(undefined);
  }
}
