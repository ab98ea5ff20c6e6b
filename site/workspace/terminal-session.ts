import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import terminalStyle from '@xterm/xterm/css/xterm.css?inline';
import type { TerminalSize } from '../../sim-core/kubectl/environment.ts';
import { columnsOf, endOf, LineEditor } from './line-editor.ts';
import { nextPicture, nextTask } from './next-task.ts';
import type { Shell } from './shell.ts';

/** What a terminal session tells those around it. */
export interface TerminalEvents {
  /** A command has ended; `output` is what it printed, for those who listen. */
  finished(output: string, code: number): void;
  historyChanged(history: readonly string[]): void;
  /** The learner wants to go on to what comes after the terminal, or before. */
  leave(): void;
  /** Tab was pressed where there is nothing to complete: perhaps to leave. */
  lost(): void;
}

export interface TerminalOptions {
  readonly shell: Shell;
  readonly history: readonly string[];
  readonly screenReader: boolean;
  readonly label: string;
  /** A line of the page's own, above the first prompt. */
  readonly greeting?: string;
  /** What the prompt says while the history is searched. */
  readonly searchWord: string;
  readonly events: TerminalEvents;
}

/** The prompt of a line that goes on with the one before. */
const MORE = '> ';
const FONT_SIZE = 14.5;
const FONT_FAMILY = '"Nanum Gothic Coding", ui-monospace, Menlo, Consolas, monospace';
/** So many letters are measured for one picture: a browser takes its time for each that it has not drawn before. */
const LETTERS_AT_ONCE = 12;
/** The most of a command's output that is read out. */
const MOST_READ = 2000;

/** A terminal on the page: xterm, one line being edited, and the command that runs. */
export class TerminalSession {
  readonly terminal: Terminal;
  private readonly fit = new FitAddon();
  private readonly shell: Shell;
  private readonly events: TerminalEvents;
  private readonly searchWord: string;
  private readonly editor: LineEditor;
  private running = false;
  private readonly waitingLines: string[] = [];
  /** Lines of a command that is not finished yet. */
  private begun = '';
  /** What the running command printed, for those who listen. */
  private output = '';
  private atStart = true;
  private readonly resizeListeners = new Set<(size: TerminalSize) => void>();
  /** Rows that the shown line takes above the cursor. */
  private cursorRow = 0;
  private escaped = false;

  /**
   * Opens a terminal in an element; in several tasks, so that a phone does not stand still for all of them. Answers undefined where the element was
   * taken away meanwhile: the shell is then another terminal's.
   */
  static async open(host: HTMLElement, options: TerminalOptions): Promise<TerminalSession | undefined> {
    const session = new TerminalSession(host, options);
    const pieces = [
      { after: nextTask, make: () => session.show(host, options.label) },
      { after: nextTask, make: () => session.resize() },
      ...greetingOf(options).map((letters) => ({ after: nextPicture, make: () => session.terminal.write(letters) })),
      { after: nextTask, make: () => session.connect() },
    ];
    for (const { after, make } of pieces) {
      await after();
      if (!host.isConnected) {
        session.dispose();
        return undefined;
      }
      make();
    }
    return session;
  }

  private constructor(host: HTMLElement, options: TerminalOptions) {
    this.shell = options.shell;
    this.events = options.events;
    this.searchWord = options.searchWord;
    this.editor = new LineEditor(options.history);
    addStyle();
    this.terminal = new Terminal({
      convertEol: true,
      cursorBlink: false,
      fontFamily: FONT_FAMILY,
      fontSize: FONT_SIZE,
      lineHeight: 1.25,
      scrollback: 5000,
      screenReaderMode: options.screenReader,
      theme: themeOf(host),
    });
    this.terminal.loadAddon(this.fit);
  }

  private show(host: HTMLElement, label: string): void {
    const { terminal } = this;
    terminal.open(host);
    terminal.textarea?.setAttribute('aria-label', label);
    terminal.attachCustomKeyEventHandler((event) => this.allow(event));
  }

  /** From now on the shell is this terminal's. */
  private connect(): void {
    const { terminal } = this;
    terminal.onData((data) => this.type(data));
    this.shell.attach({
      write: (text) => this.write(text),
      size: () => ({ columns: terminal.cols, rows: terminal.rows }),
      onResize: (listener) => {
        this.resizeListeners.add(listener);
        return () => this.resizeListeners.delete(listener);
      },
    });
    terminal.onResize((size) => {
      for (const listener of this.resizeListeners) listener({ columns: size.cols, rows: size.rows });
    });
    this.prompt();
  }

  focus(): void {
    this.terminal.focus();
  }

  /** Puts a command into the line, for the learner to run. */
  put(command: string): void {
    if (this.running) return;
    this.editor.set(command);
    this.render();
    this.focus();
  }

  /** Types a line and runs it. */
  submit(command: string): void {
    if (this.running) return;
    this.editor.set(command);
    this.render();
    this.take('\r');
  }

  resize(): void {
    this.fit.fit();
  }

  /** Measures the letters anew, after a font has come. */
  measure(): void {
    const { options } = this.terminal;
    // The same fonts in other words: for another option xterm measures anew.
    options.fontFamily = options.fontFamily === FONT_FAMILY ? `${FONT_FAMILY}, monospace` : FONT_FAMILY;
    this.resize();
  }

  restyle(host: HTMLElement): void {
    this.terminal.options.theme = themeOf(host);
  }

  set screenReader(on: boolean) {
    this.terminal.options.screenReaderMode = on;
  }

  dispose(): void {
    this.terminal.dispose();
  }

  /** Which keys are the terminal's: Tab is, but never so that nobody can leave by keyboard. */
  private allow(event: KeyboardEvent): boolean {
    if (event.type !== 'keydown') return true;
    const key = event.key.toLowerCase();
    const command = event.ctrlKey || event.metaKey;
    if (command && key === 'c' && this.terminal.hasSelection()) return false;
    if (command && key === 'v') return false;
    if (event.key === 'Tab' && (event.shiftKey || this.escaped)) {
      this.escaped = false;
      if (!event.shiftKey) {
        event.preventDefault();
        this.events.leave();
      }
      return false;
    }
    this.escaped = event.key === 'Escape';
    return !this.escaped || this.running || this.editor.search !== undefined;
  }

  private type(data: string): void {
    if (this.running) {
      if (data === '\x03') this.waitingLines.length = 0;
      this.shell.type(data);
      return;
    }
    // Pasted lines run one after another, as if each had been typed.
    const [first = '', ...rest] = /[\r\n]/.test(data) && data.length > 1 ? splitLines(data) : [data];
    this.waitingLines.push(...rest);
    this.take(first);
  }

  private take(data: string): void {
    if (data.length > 1 && data.endsWith('\r')) {
      this.take(data.slice(0, -1));
      this.take('\r');
      return;
    }
    const action = this.editor.key(data);
    switch (action.type) {
      case 'changed':
        this.render();
        break;
      case 'submit':
        this.submitted(action.line);
        break;
      case 'interrupt':
        this.toEnd();
        this.terminal.write('^C\n');
        this.begun = '';
        this.waitingLines.length = 0;
        this.prompt();
        break;
      case 'clear':
        this.terminal.clear();
        this.render();
        break;
      case 'complete':
        if (this.editor.text === '') this.events.lost();
        else void this.complete();
        break;
    }
  }

  /** Takes a line: it ends a command, or is a part of one (a loop, a here-document, an open quotation). */
  private submitted(line: string): void {
    this.toEnd();
    this.terminal.write('\n');
    this.cursorRow = 0;
    const whole = this.begun === '' ? line : `${this.begun}\n${line}`;
    const complete = whole.trim() === '' ? true : this.shell.isWhole(whole);
    if (complete === undefined) void this.whenLoaded(whole);
    else this.go(whole, complete);
  }

  /** Runs what is whole; what is not waits for the next line. */
  private go(whole: string, complete: boolean): void {
    if (complete) {
      this.begun = '';
      void this.run(whole);
      return;
    }
    this.begun = whole;
    this.prompt();
    this.next();
  }

  /** The shell is still on its way: what is typed meanwhile waits behind this line, whether it is a command or a part of one. */
  private async whenLoaded(whole: string): Promise<void> {
    this.running = true;
    await this.shell.loaded();
    this.running = false;
    this.go(whole, this.shell.isWhole(whole) ?? true);
    if (this.running) return;
    const early = this.shell.takeUnread();
    if (early !== '') this.type(early);
  }

  private async run(line: string): Promise<void> {
    this.events.historyChanged(this.editor.history);
    if (line.trim() === '') {
      this.prompt();
      this.next();
      return;
    }
    this.running = true;
    this.output = '';
    this.atStart = true;
    const code = await this.shell.run(line, this.editor.history);
    this.running = false;
    if (!this.atStart) this.terminal.write('\n');
    this.events.finished(this.output.slice(0, MOST_READ), code);
    this.prompt();
    // What was typed while the command ran, and it did not read, is typed to the prompt.
    const early = this.shell.takeUnread();
    if (early !== '') this.type(early);
    else this.next();
  }

  /** What the shell prints: a job in the background does so above the line that is being typed. */
  private write(text: string): void {
    if (text === '') return;
    if (this.running) {
      if (this.output.length < MOST_READ) this.output += text;
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a sequence that moves the cursor ends where it says
      this.atStart = /[\n\r]$|\x1b\[[\d;?]*[A-Za-z]$/.test(text);
      this.terminal.write(text);
      return;
    }
    const up = this.cursorRow > 0 ? `\x1b[${this.cursorRow}A` : '';
    this.terminal.write(`${up}\r\x1b[J${text}${text.endsWith('\n') ? '' : '\n'}`);
    this.prompt();
  }

  private next(): void {
    const line = this.waitingLines.shift();
    if (line !== undefined) this.take(line);
  }

  private async complete(): Promise<void> {
    const before = this.editor.before;
    const { word, candidates } = await this.shell.complete(before);
    if (this.running || this.editor.before !== before || candidates.length === 0) return;
    const common = candidates.reduce((left, right) => commonStart(left, right));
    const whole = candidates.length === 1;
    const addition = common.slice(word.length) + (whole && !common.endsWith('=') && !common.endsWith('/') ? ' ' : '');
    if (addition !== '') {
      this.editor.insert(addition);
      this.render();
      return;
    }
    this.toEnd();
    this.terminal.write(`\n${inColumns(candidates, this.terminal.cols)}\n`);
    this.cursorRow = 0;
    this.render();
  }

  private promptText(): string {
    const { search } = this.editor;
    if (search !== undefined) return `(${this.searchWord}: ${search}) `;
    if (this.begun !== '') return MORE;
    const { folder } = this.shell;
    return folder === '~' ? '$ ' : `${folder} $ `;
  }

  private prompt(): void {
    this.cursorRow = 0;
    this.render();
  }

  /** Draws the line anew, and puts the cursor where it belongs. */
  private render(): void {
    const { cols } = this.terminal;
    const up = this.cursorRow > 0 ? `\x1b[${this.cursorRow}A` : '';
    const prompt = this.promptText();
    const all = endOf(prompt + this.editor.text, cols);
    const cursor = endOf(prompt + this.editor.before, cols);
    // A cursor at the very end of a row stands at the start of the next.
    const wrap = cursor.column >= cols;
    const row = wrap ? cursor.row + 1 : cursor.row;
    const column = wrap ? 0 : cursor.column;
    const lastRow = all.column >= cols ? all.row + 1 : all.row;
    const back = lastRow > row ? `\x1b[${lastRow - row}A` : '';
    const fill = all.column >= cols ? '\r\n' : '';
    this.terminal.write(
      `${up}\r\x1b[J\x1b[1;34m${prompt}\x1b[0m${this.editor.text}${fill}${back}\r${column > 0 ? `\x1b[${column}C` : ''}`,
    );
    this.cursorRow = row;
  }

  private toEnd(): void {
    const last = endOf(this.promptText() + this.editor.text, this.terminal.cols);
    if (last.row > this.cursorRow) this.terminal.write(`\x1b[${last.row - this.cursorRow}B`);
  }
}

/** The line above the first prompt, in a quiet colour, a few letters at a time. */
function greetingOf({ greeting }: TerminalOptions): string[] {
  if (greeting === undefined) return [];
  const parts = greeting.match(new RegExp(`.{1,${LETTERS_AT_ONCE}}`, 'gu')) ?? [];
  return parts.map((part, index) => `\x1b[90m${part}\x1b[0m${index === parts.length - 1 ? '\n' : ''}`);
}

function splitLines(data: string): string[] {
  const lines = data.replace(/\r\n?/g, '\n').split('\n');
  return lines.map((line, index) => (index < lines.length - 1 ? `${line}\r` : line)).filter((line) => line !== '');
}

function commonStart(left: string, right: string): string {
  let length = 0;
  while (length < left.length && left[length] === right[length]) length++;
  return left.slice(0, length);
}

function inColumns(words: readonly string[], columns: number): string {
  const width = Math.max(...words.map(columnsOf)) + 2;
  const across = Math.max(1, Math.floor(columns / width));
  const lines: string[] = [];
  for (let index = 0; index < words.length; index += across) {
    lines.push(
      words
        .slice(index, index + across)
        .map((word) => word + ' '.repeat(width - columnsOf(word)))
        .join('')
        .trimEnd(),
    );
  }
  return lines.join('\n');
}

/** xterm's own style comes with this part of the page, once. */
export function addStyle(): void {
  const id = 'xterm-style';
  if (document.getElementById(id) !== null) return;
  const style = document.createElement('style');
  style.id = id;
  style.textContent = terminalStyle;
  document.head.append(style);
}

/** The page's colours, for a terminal in it. */
export function themeOf(host: HTMLElement) {
  const style = getComputedStyle(host);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  return {
    background: colour('--paper-raised'),
    foreground: colour('--ink'),
    brightBlack: colour('--ink-faint'),
    cursor: colour('--accent'),
    cursorAccent: colour('--paper-raised'),
    selectionBackground: colour('--accent-wash'),
    blue: colour('--accent'),
    brightBlue: colour('--accent'),
    green: colour('--state-ready-ink'),
    brightGreen: colour('--state-ready-ink'),
    yellow: colour('--state-unready-ink'),
    red: colour('--state-failed-ink'),
    brightRed: colour('--state-failed-ink'),
    magenta: colour('--state-terminating-ink'),
    cyan: colour('--state-creating-ink'),
  };
}
