/** Escapes and formats of `echo -e`, `printf` and friends. */

const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** Undoes backslash escapes; `\c` ends the output (`ended`). */
export function undoEscapes(text: string, quotes = false): { text: string; ended: boolean } {
  let result = '';
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if (character !== '\\' || index + 1 >= text.length) {
      result += character;
      continue;
    }
    const next = text[++index]!;
    if (next === 'c') return { text: result, ended: true };
    if (Object.hasOwn(SIMPLE, next)) result += SIMPLE[next];
    else if (quotes && (next === '"' || next === "'")) result += next;
    else if (next === 'x') {
      const digits = /^[0-9a-fA-F]{1,2}/.exec(text.slice(index + 1))?.[0];
      if (digits === undefined) result += '\\x';
      else {
        result += String.fromCharCode(Number.parseInt(digits, 16));
        index += digits.length;
      }
    } else if (next >= '0' && next <= '7') {
      const digits = /^0?[0-7]{1,3}/.exec(text.slice(index))![0];
      result += String.fromCharCode(Number.parseInt(digits, 8) & 255);
      index += digits.length - 1;
    } else result += `\\${next}`;
  }
  return { text: result, ended: false };
}

const SPEC = /%([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+)?)?[hlLjzt]*([diouxXcsbeEfFgG%])/;
const MAX_ROUNDS = 10_000;
const MAX_WIDTH = 4096;

/** `printf`: the format is used again while arguments are left. `complaint` is what goes to stderr (exit code 1). */
export function formatPrintf(format: string, args: readonly string[]): { text: string; complaint: string | undefined } {
  let text = '';
  let complaint: string | undefined;
  let used = 0;
  const take = () => (used < args.length ? args[used++]! : undefined);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = used;
    let rest = format;
    while (rest !== '') {
      const percent = rest.indexOf('%');
      const plain = undoEscapes(percent < 0 ? rest : rest.slice(0, percent), true);
      text += plain.text;
      if (plain.ended) return { text, complaint };
      if (percent < 0) break;
      const match = SPEC.exec(rest.slice(percent));
      if (match === null || match.index !== 0)
        return { text, complaint: `${rest.slice(percent, percent + 2)}: invalid format` };
      rest = rest.slice(percent + match[0].length);
      const [whole, flags = '', widthText, precisionText, kind = 's'] = match;
      if (kind === '%') {
        text += '%';
        continue;
      }
      const width = Math.min(MAX_WIDTH, Math.abs(Number(widthText === '*' ? (take() ?? 0) : (widthText ?? 0))) || 0);
      const precision = whole.includes('.')
        ? Math.min(MAX_WIDTH, Number(precisionText === '*' ? (take() ?? 0) : (precisionText ?? 0)))
        : undefined;
      const arg = take();
      let piece: string;
      if (kind === 's') piece = precision === undefined ? (arg ?? '') : (arg ?? '').slice(0, precision);
      else if (kind === 'c') piece = (arg ?? '').slice(0, 1);
      else if (kind === 'b') {
        const undone = undoEscapes(arg ?? '');
        piece = undone.text;
        if (undone.ended) return { text: text + piece, complaint };
      } else {
        const value = numberOf(arg ?? '0');
        if (Number.isNaN(value)) complaint = `invalid number '${arg}'`;
        piece = formatNumber(Number.isNaN(value) ? 0 : value, kind, flags, precision);
      }
      const fill = flags.includes('0') && !flags.includes('-') && 'diouxXeEfFgG'.includes(kind) ? '0' : ' ';
      if (flags.includes('-')) piece = piece.padEnd(width);
      else if (fill === '0' && /^[-+ ]/.test(piece)) piece = piece[0] + piece.slice(1).padStart(width - 1, '0');
      else piece = piece.padStart(width, fill);
      text += piece;
    }
    if (used >= args.length || used === before) break;
  }
  return { text, complaint };
}

function numberOf(text: string): number {
  const trimmed = text.trim();
  if (trimmed === '') return 0;
  if (/^['"]/.test(trimmed)) return trimmed.codePointAt(1) ?? 0;
  if (/^[-+]?0[0-7]+$/.test(trimmed)) return Number.parseInt(trimmed, 8);
  return Number(trimmed);
}

function formatNumber(value: number, kind: string, flags: string, precision: number | undefined): string {
  const sign = value < 0 ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  if ('di'.includes(kind)) return sign + String(Math.abs(Math.trunc(value))).padStart(precision ?? 1, '0');
  if ('ouxX'.includes(kind)) {
    const whole = BigInt.asUintN(64, BigInt(Math.trunc(value)));
    const digits = whole.toString(kind === 'o' ? 8 : kind === 'u' ? 10 : 16).padStart(precision ?? 1, '0');
    return kind === 'X' ? digits.toUpperCase() : digits;
  }
  if ('eE'.includes(kind)) {
    const text = Math.abs(value)
      .toExponential(precision ?? 6)
      .replace(/e([-+])(\d)$/, 'e$10$2');
    return sign + (kind === 'E' ? text.toUpperCase() : text);
  }
  if ('gG'.includes(kind))
    return sign + String(Number(Math.abs(value).toPrecision(precision === 0 ? 1 : (precision ?? 6))));
  return sign + Math.abs(value).toFixed(Math.min(precision ?? 6, 100));
}
