/**
 * YAML as kubectl prints it: sigs.k8s.io/yaml over go-yaml v2. Keys sorted in natural order, sequences not indented below
 * their key, plain scalars where they stay strings, lines folded after column 80.
 */
const BEST_WIDTH = 80;
const BEST_INDENT = 2;

const RESOLVED = new Set(
  (
    'y Y yes Yes YES true True TRUE on On ON n N no No NO false False FALSE off Off OFF ~ null Null NULL ' +
    '.nan .NaN .NAN .inf .Inf .INF +.inf +.Inf +.INF -.inf -.Inf -.INF'
  ).split(' '),
);

/** Whether a plain scalar of this text would be read as something else than a string (go-yaml's resolve). */
function resolvesToOther(text: string): boolean {
  if (text === '' || RESOLVED.has(text)) return true;
  if (/^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/.test(text)) return true;
  if (!/^[-+.\d]/.test(text)) return false;
  if (text.startsWith('.')) return /^\.\d+([eE][-+]?\d+)?$/.test(text);
  if (
    /^\d{4}-\d{1,2}-\d{1,2}($|[Tt]\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[-+]\d{2}:\d{2})$|\s+\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?$)/.test(
      text,
    )
  )
    return true;
  const plain = text.replaceAll('_', '');
  if (/^[-+]?(0|[1-9]\d*|0[0-7]+|0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+)$/.test(plain)) return true;
  return /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(plain);
}

function isLetter(character: string | undefined): boolean {
  return character !== undefined && /\p{L}/u.test(character);
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}

/** go-yaml's natural order of keys: `a9` before `a10`, letters after other characters. */
export function compareKeys(left: string, right: string): number {
  const a = [...left];
  const b = [...right];
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    if (x === y) continue;
    const [xLetter, yLetter] = [isLetter(x), isLetter(y)];
    const byCode = x.codePointAt(0)! - y.codePointAt(0)!;
    if (xLetter && yLetter) return byCode;
    if (xLetter || yLetter) return yLetter ? -1 : 1;
    let [xNumber, yNumber] = [0, 0];
    if (x === '0' || y === '0') {
      for (let j = i - 1; j >= 0 && isDigit(a[j]); j--) {
        if (a[j] !== '0') {
          xNumber = 1;
          yNumber = 1;
          break;
        }
      }
    }
    let [xEnd, yEnd] = [i, i];
    for (; isDigit(a[xEnd]); xEnd++) xNumber = xNumber * 10 + Number(a[xEnd]);
    for (; isDigit(b[yEnd]); yEnd++) yNumber = yNumber * 10 + Number(b[yEnd]);
    if (xNumber !== yNumber) return xNumber - yNumber;
    if (xEnd !== yEnd) return xEnd - yEnd;
    return byCode;
  }
  return a.length - b.length;
}

function isPrintable(code: number): boolean {
  return (
    code === 0x0a ||
    (code >= 0x20 && code <= 0x7e) ||
    (code >= 0xa0 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd && code !== 0xfeff)
  );
}

function isBreak(character: string | undefined): boolean {
  return (
    character === '\n' || character === '\r' || character === '\x85' || character === '\u2028' || character === '\u2029'
  );
}

function isBlankOrEnd(character: string | undefined): boolean {
  return character === undefined || character === ' ' || character === '\t' || isBreak(character);
}

interface Analysis {
  plain: boolean;
  single: boolean;
  block: boolean;
  multiline: boolean;
}

/** libyaml's analysis of which styles can hold a scalar. */
function analyze(characters: readonly string[]): Analysis {
  if (characters.length === 0) return { plain: true, single: true, block: false, multiline: false };
  const flags = {
    indicators: false,
    breaks: false,
    special: false,
    edge: false,
    trailingSpace: false,
    breakSpace: false,
    spaceBreak: false,
  };
  const start = characters.slice(0, 3).join('');
  if (start === '---' || start === '...') flags.indicators = true;
  let afterWhitespace = true;
  let [previousSpace, previousBreak] = [false, false];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!;
    const beforeWhitespace = isBlankOrEnd(characters[i + 1]);
    if (i === 0) {
      if ('#,[]{}&*!|>\'"%@`'.includes(character)) flags.indicators = true;
      else if ((character === '?' || character === ':' || character === '-') && beforeWhitespace)
        flags.indicators = true;
    } else if (character === ':' && beforeWhitespace) flags.indicators = true;
    else if (character === '#' && afterWhitespace) flags.indicators = true;
    if (!isPrintable(character.codePointAt(0)!)) flags.special = true;
    const last = i === characters.length - 1;
    if (character === ' ') {
      if (i === 0 || last) flags.edge = true;
      if (last) flags.trailingSpace = true;
      if (previousBreak) flags.breakSpace = true;
      [previousSpace, previousBreak] = [true, false];
    } else if (isBreak(character)) {
      flags.breaks = true;
      if (i === 0 || last) flags.edge = true;
      if (previousSpace) flags.spaceBreak = true;
      [previousSpace, previousBreak] = [false, true];
    } else [previousSpace, previousBreak] = [false, false];
    afterWhitespace = isBlankOrEnd(character);
  }
  const bad = flags.spaceBreak || flags.special;
  return {
    plain: !(flags.edge || flags.breakSpace || bad || flags.breaks || flags.indicators),
    single: !(flags.breakSpace || bad),
    block: !(flags.trailingSpace || bad),
    multiline: flags.breaks,
  };
}

const ESCAPES: Record<string, string> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\x1b': 'e',
  '"': '"',
  '\\': '\\',
  '\x85': 'N',
  '\u2028': 'L',
  '\u2029': 'P',
};

function escapeCharacter(character: string): string {
  const short = ESCAPES[character];
  if (short !== undefined) return `\\${short}`;
  const code = character.codePointAt(0)!;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

class Emitter {
  #out: string[] = [];
  #column = 0;

  text(): string {
    return this.#out.join('');
  }

  put(text: string): void {
    this.#out.push(text);
    const newline = text.lastIndexOf('\n');
    this.#column = newline < 0 ? this.#column + [...text].length : [...text.slice(newline + 1)].length;
  }

  #fold(indent: number): void {
    this.put(`\n${' '.repeat(indent)}`);
  }

  #plain(characters: readonly string[], indent: number, folds: boolean): void {
    let spaces = false;
    characters.forEach((character, i) => {
      if (character !== ' ') {
        this.put(character);
        spaces = false;
        return;
      }
      if (folds && !spaces && this.#column > BEST_WIDTH && characters[i + 1] !== ' ') this.#fold(indent);
      else this.put(' ');
      spaces = true;
    });
  }

  #single(characters: readonly string[], indent: number, folds: boolean): void {
    this.put("'");
    let [spaces, breaks] = [false, false];
    characters.forEach((character, i) => {
      if (character === ' ') {
        const inside = i > 0 && i < characters.length - 1;
        if (folds && !spaces && this.#column > BEST_WIDTH && inside && characters[i + 1] !== ' ') this.#fold(indent);
        else this.put(' ');
        spaces = true;
      } else if (isBreak(character)) {
        if (!breaks && character === '\n') this.put('\n');
        this.put(character);
        breaks = true;
      } else {
        if (breaks) this.put(' '.repeat(indent));
        this.put(character === "'" ? "''" : character);
        [spaces, breaks] = [false, false];
      }
    });
    this.put("'");
  }

  #double(characters: readonly string[], indent: number, folds: boolean): void {
    this.put('"');
    let spaces = false;
    characters.forEach((character, i) => {
      if (character !== ' ') {
        const plain =
          isPrintable(character.codePointAt(0)!) && !isBreak(character) && character !== '"' && character !== '\\';
        this.put(plain ? character : escapeCharacter(character));
        spaces = false;
        return;
      }
      const inside = i > 0 && i < characters.length - 1;
      if (folds && !spaces && this.#column > BEST_WIDTH && inside) {
        this.#fold(indent);
        if (characters[i + 1] === ' ') this.put('\\');
      } else this.put(' ');
      spaces = true;
    });
    this.put('"');
  }

  #literal(characters: readonly string[], indent: number): void {
    let hints = characters[0] === ' ' || isBreak(characters[0]) ? String(BEST_INDENT) : '';
    const last = characters.length - 1;
    if (!isBreak(characters[last])) hints += '-';
    else if (last === 0 || isBreak(characters[last - 1])) hints += '+';
    this.put(`|${hints}\n`);
    let breaks = true;
    for (const character of characters) {
      if (isBreak(character)) {
        this.put(character);
        breaks = true;
      } else {
        if (breaks) this.put(' '.repeat(indent));
        this.put(character);
        breaks = false;
      }
    }
    // The next line break is written by whoever comes next; a literal that ends in one has it already.
    if (breaks) this.#endsWithBreak = true;
  }

  #endsWithBreak = false;

  lineBreak(): void {
    if (this.#endsWithBreak) {
      this.#endsWithBreak = false;
      this.#column = 0;
      return;
    }
    this.put('\n');
  }

  scalar(text: string, indent: number, isKey: boolean): void {
    const characters = [...text];
    const analysis = analyze(characters);
    let style: 'plain' | 'single' | 'double' | 'literal';
    if (text.includes('\n')) style = analysis.block && !isKey ? 'literal' : 'double';
    else if (resolvesToOther(text)) style = 'double';
    else if (analysis.plain) style = 'plain';
    else style = analysis.single && !(isKey && analysis.multiline) ? 'single' : 'double';
    if (style === 'plain') this.#plain(characters, indent, !isKey);
    else if (style === 'single') this.#single(characters, indent, !isKey);
    else if (style === 'double') this.#double(characters, indent, !isKey);
    else this.#literal(characters, indent);
  }

  /** Writes a value after its key or dash; `indent` is that of the block it stands in. */
  value(value: unknown, indent: number, inMapping: boolean): void {
    if (Array.isArray(value)) {
      if (value.length === 0) {
        this.put(inMapping ? ' []' : '[]');
        this.lineBreak();
      } else if (inMapping) {
        this.lineBreak();
        this.sequence(value, indent);
      } else this.sequence(value, indent + BEST_INDENT, true);
    } else if (typeof value === 'object' && value !== null) {
      if (Object.values(value).every((item) => item === undefined)) {
        this.put(inMapping ? ' {}' : '{}');
        this.lineBreak();
      } else if (inMapping) {
        this.lineBreak();
        this.mapping(value as Record<string, unknown>, indent + BEST_INDENT);
      } else this.mapping(value as Record<string, unknown>, indent + BEST_INDENT, true);
    } else {
      if (inMapping) this.put(' ');
      this.plainValue(value, indent + BEST_INDENT);
      this.lineBreak();
    }
  }

  plainValue(value: unknown, indent: number): void {
    if (typeof value === 'string') this.scalar(value, indent, false);
    else if (typeof value === 'number') this.put(formatNumber(value));
    else this.put(value === undefined ? 'null' : String(value));
  }

  mapping(value: Record<string, unknown>, indent: number, started = false): void {
    let first = started;
    for (const key of Object.keys(value).sort(compareKeys)) {
      if (value[key] === undefined) continue;
      if (!first) this.put(' '.repeat(indent));
      first = false;
      if ([...key].length > 128) {
        this.put('? ');
        this.scalar(key, indent + BEST_INDENT, true);
        this.put(`\n${' '.repeat(indent)}`);
      } else this.scalar(key, indent, true);
      this.put(':');
      this.value(value[key], indent, true);
    }
  }

  sequence(value: readonly unknown[], indent: number, started = false): void {
    let first = started;
    for (const item of value) {
      if (!first) this.put(' '.repeat(indent));
      first = false;
      this.put('- ');
      this.value(item, indent, false);
    }
  }
}

/** Go's %v of a float64 that came out of JSON; integers have no exponent. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value) && value <= Number.MAX_SAFE_INTEGER && value >= -Number.MAX_SAFE_INTEGER)
    return String(value);
  const exponential = value.toExponential();
  const [mantissa = '', exponent = '0'] = exponential.split('e');
  const power = Number(exponent);
  if (power < -4 || power >= 21) {
    const digits = String(power < 0 ? -power : power).padStart(2, '0');
    return `${mantissa}e${power < 0 ? '-' : '+'}${digits}`;
  }
  return String(value);
}

/** The YAML of a JSON value, with the line break at its end. */
export function stringifyYaml(value: unknown): string {
  const emitter = new Emitter();
  if (Array.isArray(value) && value.length > 0) emitter.sequence(value, 0);
  else if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0)
    emitter.mapping(value as Record<string, unknown>, 0);
  else {
    if (Array.isArray(value)) emitter.put('[]');
    else if (typeof value === 'object' && value !== null) emitter.put('{}');
    else emitter.plainValue(value, BEST_INDENT);
    emitter.lineBreak();
  }
  return emitter.text();
}
