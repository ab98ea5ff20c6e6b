/** What a key press asks of whoever owns the editor. */
export type LineAction =
  | { readonly type: 'none' }
  | { readonly type: 'changed' }
  | { readonly type: 'submit'; readonly line: string }
  | { readonly type: 'interrupt' }
  | { readonly type: 'end' }
  | { readonly type: 'clear' }
  | { readonly type: 'complete' };

const NONE: LineAction = { type: 'none' };
const CHANGED: LineAction = { type: 'changed' };

/** One line being typed, with a cursor and the lines before it. Knows keys, not screens. Positions count whole characters. */
export class LineEditor {
  private letters: string[] = [];
  private at = 0;
  private past: string[];
  private place: number;
  /** Ctrl-R: what is searched for in history, and where it was found. */
  private wanted: { text: string; place: number } | undefined;
  /** What was being typed when the learner went back in history. */
  private draft = '';

  constructor(history: readonly string[] = []) {
    this.past = [...history];
    this.place = this.past.length;
  }

  get text(): string {
    return this.letters.join('');
  }

  /** The text before the cursor. */
  get before(): string {
    return this.letters.slice(0, this.at).join('');
  }

  get history(): readonly string[] {
    return this.past;
  }

  /** What is being searched for in history; undefined: nothing is. */
  get search(): string | undefined {
    return this.wanted?.text;
  }

  /** Puts a text in the place of the line, the cursor at its end. */
  set(text: string): void {
    this.letters = lettersOf(text);
    this.at = this.letters.length;
  }

  insert(text: string): void {
    const letters = lettersOf(text);
    this.letters.splice(this.at, 0, ...letters);
    this.at += letters.length;
  }

  /** Takes what a terminal sends for one key, or a run of typed text. */
  key(data: string): LineAction {
    if (this.wanted !== undefined) {
      const action = this.searchKey(data, this.wanted);
      if (action !== undefined) return action;
    }
    switch (data) {
      case '\r':
      case '\n':
        return this.submit();
      case '\x03':
        this.reset();
        return { type: 'interrupt' };
      case '\x04':
        return this.letters.length === 0 ? { type: 'end' } : this.erase(0, 1);
      case '\x12':
        this.draft = this.text;
        this.wanted = { text: '', place: this.past.length };
        return CHANGED;
      case '\x0c':
        return { type: 'clear' };
      case '\t':
        return { type: 'complete' };
      case '\x7f':
      case '\b':
        return this.erase(-1, 0);
      case '\x1b[3~':
        return this.erase(0, 1);
      case '\x1b[D':
      case '\x1bOD':
      case '\x02':
        return this.move(this.at - 1);
      case '\x1b[C':
      case '\x1bOC':
      case '\x06':
        return this.move(this.at + 1);
      case '\x1b[H':
      case '\x1bOH':
      case '\x01':
        return this.move(0);
      case '\x1b[F':
      case '\x1bOF':
      case '\x05':
        return this.move(this.letters.length);
      case '\x1b[1;5D':
      case '\x1bb':
        return this.move(this.wordLeft());
      case '\x1b[1;5C':
      case '\x1bf':
        return this.move(this.wordRight());
      case '\x1b[A':
      case '\x1bOA':
      case '\x10':
        return this.recall(-1);
      case '\x1b[B':
      case '\x1bOB':
      case '\x0e':
        return this.recall(1);
      case '\x15':
        return this.erase(-this.at, 0);
      case '\x0b':
        return this.erase(0, this.letters.length - this.at);
      case '\x17':
        return this.erase(this.wordLeft() - this.at, 0);
    }
    const typed = printable(data);
    if (typed === '') return NONE;
    this.insert(typed);
    return CHANGED;
  }

  private submit(): LineAction {
    const line = this.text;
    if (line.trim() !== '' && this.past.at(-1) !== line) this.past.push(line);
    if (this.past.length > 200) this.past = this.past.slice(-200);
    this.reset();
    return { type: 'submit', line };
  }

  /** A key while history is searched; undefined: it ends the search and does what it does elsewhere. */
  private searchKey(data: string, { text, place }: { text: string; place: number }): LineAction | undefined {
    if (data === '\x12') return this.find(text, place - 1);
    if (data === '\x7f' || data === '\b') return this.find(lettersOf(text).slice(0, -1).join(''), this.past.length - 1);
    if (data === '\x1b' || data === '\x07' || data === '\x03') {
      this.wanted = undefined;
      this.set(this.draft);
      return CHANGED;
    }
    const typed = printable(data);
    if (typed !== '') return this.find(text + typed, Math.min(place, this.past.length - 1));
    this.wanted = undefined;
    return undefined;
  }

  /** Shows the newest line at or before `from` that has the text in it; where there is none, that of before stays. */
  private find(text: string, from: number): LineAction {
    for (let place = from; place >= 0 && text !== ''; place--) {
      if (!this.past[place]!.includes(text)) continue;
      this.wanted = { text, place };
      this.set(this.past[place]!);
      return CHANGED;
    }
    this.wanted = { text, place: text === '' ? this.past.length : (this.wanted?.place ?? this.past.length) };
    return CHANGED;
  }

  private reset(): void {
    this.wanted = undefined;
    this.letters = [];
    this.at = 0;
    this.place = this.past.length;
    this.draft = '';
  }

  private move(to: number): LineAction {
    const place = Math.min(Math.max(to, 0), this.letters.length);
    if (place === this.at) return NONE;
    this.at = place;
    return CHANGED;
  }

  private erase(back: number, forward: number): LineAction {
    const start = Math.max(0, this.at + back);
    const end = Math.min(this.letters.length, this.at + forward);
    if (start === end) return NONE;
    this.letters.splice(start, end - start);
    this.at = start;
    return CHANGED;
  }

  private recall(step: number): LineAction {
    const place = this.place + step;
    if (place < 0 || place > this.past.length) return NONE;
    if (this.place === this.past.length) this.draft = this.text;
    this.place = place;
    this.set(place === this.past.length ? this.draft : this.past[place]!);
    return CHANGED;
  }

  private wordLeft(): number {
    let place = this.at;
    while (place > 0 && this.letters[place - 1] === ' ') place--;
    while (place > 0 && this.letters[place - 1] !== ' ') place--;
    return place;
  }

  private wordRight(): number {
    let place = this.at;
    while (place < this.letters.length && this.letters[place] === ' ') place++;
    while (place < this.letters.length && this.letters[place] !== ' ') place++;
    return place;
  }
}

/** Made when the first text needs it: that takes a phone a while. */
let segmenter: Intl.Segmenter | undefined;
const ASCII = /^[ -~]*$/;

/** Characters as readers count them, so that a cursor never stands inside one. */
function lettersOf(text: string): string[] {
  if (ASCII.test(text)) return [...text];
  segmenter ??= new Intl.Segmenter();
  return [...segmenter.segment(text.normalize('NFC'))].map(({ segment }) => segment);
}

/** Typed or pasted text without what would steer a terminal. */
function printable(data: string): string {
  if (data.startsWith('\x1b')) return '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return data.replace(/\t/g, '  ').replace(/[\x00-\x1f\x7f]/g, '');
}

/** How many columns a text takes in a terminal: Hangul, Han and kana take two. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const letter of lettersOf(text)) columns += WIDE.test(letter) ? 2 : 1;
  return columns;
}

const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}]/u;

/** Where in rows and columns a text ends that is written from column 0 on: a wide letter that no longer fits goes to the next row. */
export function endOf(text: string, width: number): { row: number; column: number } {
  let row = 0;
  let column = 0;
  for (const letter of lettersOf(text)) {
    const columns = WIDE.test(letter) ? 2 : 1;
    if (column + columns > width) {
      row++;
      column = 0;
    }
    column += columns;
  }
  return { row, column };
}
