import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import { addStyle, themeOf } from '../workspace/terminal-session.ts';
import type { ContainerProcess } from './container.ts';
import type { ContainerRuntime } from './container-runtime.ts';

/** xterm on the container's shell: what is typed goes there as it is, and what it writes is shown as it is. */
export class ContainerScreen {
  private readonly terminal: Terminal;
  private readonly fit = new FitAddon();
  private readonly runtime: ContainerRuntime;
  private readonly ended: string;
  private process: ContainerProcess | undefined;
  private writer: WritableStreamDefaultWriter<string> | undefined;
  /** What was typed before the shell was there. */
  private early = '';
  private escaped = false;
  private disposed = false;

  constructor(host: HTMLElement, runtime: ContainerRuntime, words: { readonly label: string; readonly ended: string }) {
    this.runtime = runtime;
    this.ended = words.ended;
    addStyle();
    this.terminal = new Terminal({
      convertEol: true,
      fontFamily: '"Nanum Gothic Coding", ui-monospace, Menlo, Consolas, monospace',
      fontSize: 14.5,
      lineHeight: 1.25,
      scrollback: 5000,
      theme: themeOf(host),
    });
    const { terminal } = this;
    terminal.loadAddon(this.fit);
    terminal.open(host);
    terminal.textarea?.setAttribute('aria-label', words.label);
    this.resize();
    terminal.onData((data) => this.type(data));
    terminal.onResize(({ cols, rows }) => this.process?.resize({ cols, rows }));
    // Tab is the shell's; after Escape, and with Shift, it leaves the terminal.
    terminal.attachCustomKeyEventHandler((event) => {
      if (event.type !== 'keydown') return true;
      const leaves = event.key === 'Tab' && (event.shiftKey || this.escaped);
      this.escaped = event.key === 'Escape';
      return !leaves;
    });
    void this.start();
  }

  /** Types into the shell. */
  type(text: string): void {
    if (this.writer !== undefined) void this.writer.write(text).catch(() => {});
    else if (this.process === undefined) this.early += text;
    else if (text === '\r') void this.start();
  }

  focus(): void {
    this.terminal.focus();
  }

  resize(): void {
    this.fit.fit();
  }

  restyle(host: HTMLElement): void {
    this.terminal.options.theme = themeOf(host);
  }

  dispose(): void {
    this.disposed = true;
    this.process?.kill();
    this.terminal.dispose();
  }

  private async start(): Promise<void> {
    const { terminal } = this;
    this.process = undefined;
    let process: ContainerProcess;
    try {
      process = await this.runtime.shell({ cols: terminal.cols, rows: terminal.rows });
    } catch (error) {
      terminal.writeln(String(error));
      return;
    }
    this.process = process;
    const writer = process.input.getWriter();
    this.writer = writer;
    if (this.early !== '') this.type(this.early);
    this.early = '';
    const show = new WritableStream<string>({ write: (text) => terminal.write(text) });
    await Promise.all([process.output.pipeTo(show).catch(() => {}), process.exit.catch(() => 1)]);
    if (this.disposed || this.writer !== writer) return;
    this.writer = undefined;
    terminal.writeln(`\r\n\x1b[90m${this.ended}\x1b[0m`);
  }
}
