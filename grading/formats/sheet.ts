import iconv from 'iconv-lite';

/** How the text of a file lies in its bytes. */
export type SheetEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'cp949' | 'windows-1252';

export type Delimiter = ',' | ';' | '\t' | '|';

/** One cell: what it says, and where it lies in the file, its quotes included. */
export interface Cell {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
}

/**
 * A table as an LMS exported it. Bytes are kept: `withCells` answers the same file with some cells written anew, and everything else (quotes,
 * line ends, encoding, byte order mark, bytes that are no text at all) as it was.
 */
export interface Sheet {
  readonly encoding: SheetEncoding;
  readonly bom: boolean;
  readonly delimiter: Delimiter;
  readonly rows: readonly (readonly Cell[])[];
  /** The file in units: a character for each byte, or for each pair of bytes in UTF-16. No delimiter or quote is part of another character. */
  readonly units: string;
  /** A last byte that UTF-16 has no place for. */
  readonly rest: Uint8Array;
}

/** No export of a class is larger. */
const SHEET_LIMIT = 32 * 1024 * 1024;

/** A file that is not a table of text; the message says why. */
export class SheetError extends Error {
  override readonly name = 'SheetError';
}

/** Reads a table. The encoding is told by its byte order mark, else by what the bytes can be. Throws a SheetError. */
export function readSheet(bytes: Uint8Array): Sheet {
  if (bytes.byteLength > SHEET_LIMIT) throw new SheetError('the file is larger than 32 MiB; no export of a class is');
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    throw new SheetError('this is an Excel workbook or a zip; save it as CSV first (in Excel: "CSV UTF-8")');
  }
  if (bytes[0] === 0xd0 && bytes[1] === 0xcf) {
    throw new SheetError('this is an old Excel workbook; save it as CSV first (in Excel: "CSV UTF-8")');
  }
  const { encoding, mark } = encodingOf(bytes);
  const wide = encoding === 'utf-16le' || encoding === 'utf-16be';
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength - (wide ? bytes.byteLength % 2 : 0));
  const units = wide ? swapped(body, encoding).toString('utf16le') : body.toString('latin1');
  const from = wide ? mark / 2 : mark;
  const delimiter = delimiterOf(units, from);
  const decode = (text: string) => (wide ? text : iconv.decode(Buffer.from(text, 'latin1'), encoding));
  const rows = scan(units, from, delimiter, decode);
  return { encoding, bom: mark > 0, delimiter, rows, units, rest: bytes.subarray(body.byteLength) };
}

/** The bytes of the file with these cells written anew. */
export function withCells(sheet: Sheet, changes: ReadonlyMap<Cell, string>): Uint8Array {
  const parts: string[] = [];
  let at = 0;
  for (const [cell, text] of [...changes].sort(([left], [right]) => left.start - right.start)) {
    parts.push(sheet.units.slice(at, cell.start), encoded(quote(text, cell, sheet.delimiter), sheet.encoding));
    at = cell.end;
  }
  parts.push(sheet.units.slice(at));
  const whole = parts.join('');
  const wide = sheet.encoding === 'utf-16le' || sheet.encoding === 'utf-16be';
  const bytes = wide ? swapped(Buffer.from(whole, 'utf16le'), sheet.encoding) : Buffer.from(whole, 'latin1');
  return Buffer.concat([bytes, sheet.rest]);
}

/** How a person calls the encoding. */
export function encodingName({ encoding, bom }: Sheet): string {
  const name = { 'utf-8': 'UTF-8', 'utf-16le': 'UTF-16 LE', 'utf-16be': 'UTF-16 BE', cp949: 'CP949 (EUC-KR)' };
  return `${encoding === 'windows-1252' ? 'Windows-1252' : name[encoding]}${bom ? ' with BOM' : ''}`;
}

function quote(text: string, { quoted }: Cell, delimiter: string): string {
  if (!quoted && !/["\r\n]/.test(text) && !text.includes(delimiter)) return text;
  return `"${text.replaceAll('"', '""')}"`;
}

function encoded(text: string, encoding: SheetEncoding): string {
  return encoding.startsWith('utf-16') ? text : iconv.encode(text, encoding).toString('latin1');
}

function swapped(bytes: Buffer, encoding: SheetEncoding): Buffer {
  return encoding === 'utf-16be' ? Buffer.from(bytes).swap16() : bytes;
}

function encodingOf(bytes: Uint8Array): { encoding: SheetEncoding; mark: number } {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return { encoding: 'utf-8', mark: 3 };
  if (first === 0xff && second === 0xfe) return { encoding: 'utf-16le', mark: 2 };
  if (first === 0xfe && second === 0xff) return { encoding: 'utf-16be', mark: 2 };
  // The header of an export has Latin letters: in UTF-16 every other byte of theirs is zero.
  if (first !== 0 && second === 0) return { encoding: 'utf-16le', mark: 0 };
  if (first === 0 && second !== 0) return { encoding: 'utf-16be', mark: 0 };
  if (bytes.includes(0)) throw new SheetError('the file is not text');
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { encoding: 'utf-8', mark: 0 };
  } catch {
    const korean = iconv.decode(Buffer.from(bytes), 'cp949');
    return { encoding: korean.includes('\ufffd') ? 'windows-1252' : 'cp949', mark: 0 };
  }
}

/** The sign that stands most often in the first line, outside of quotes. */
function delimiterOf(units: string, from: number): Delimiter {
  const counts: Record<Delimiter, number> = { ',': 0, ';': 0, '\t': 0, '|': 0 };
  let inside = false;
  for (let at = from; at < units.length; at++) {
    const sign = units[at]!;
    if (sign === '"') inside = !inside;
    else if (!inside && (sign === '\n' || sign === '\r')) break;
    else if (!inside && Object.hasOwn(counts, sign)) counts[sign as Delimiter]++;
  }
  const order: Delimiter[] = ['\t', ',', ';', '|'];
  return order.reduce((best, each) => (counts[each] > counts[best] ? each : best), ',' as Delimiter);
}

/** Takes a table apart as RFC 4180 has it; a quote within an unquoted cell is an ordinary character. */
function scan(units: string, from: number, delimiter: string, decode: (text: string) => string): Cell[][] {
  const rows: Cell[][] = [];
  let row: Cell[] = [];
  let at = from;
  while (at < units.length) {
    const start = at;
    const quoted = units[at] === '"';
    if (quoted) at = endOfQuotes(units, at);
    while (at < units.length && units[at] !== delimiter && units[at] !== '\n' && units[at] !== '\r') at++;
    const raw = units.slice(start, at);
    const text = decode(quoted ? unquoted(raw) : raw);
    row.push({ text, start, end: at, quoted });
    if (units[at] === delimiter) {
      at++;
      if (at === units.length) row.push({ text: '', start: at, end: at, quoted: false });
      else continue;
    }
    if (units[at] === '\r' && units[at + 1] === '\n') at++;
    at++;
    rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push(row);
  return rows;
}

function endOfQuotes(units: string, from: number): number {
  let at = from + 1;
  for (;;) {
    const next = units.indexOf('"', at);
    if (next < 0) return units.length;
    if (units[next + 1] !== '"') return next + 1;
    at = next + 2;
  }
}

function unquoted(raw: string): string {
  const end = endOfQuotes(raw, 0);
  const inner = raw[end - 1] === '"' && end > 1 ? raw.slice(1, end - 1) : raw.slice(1);
  return inner.replaceAll('""', '"') + raw.slice(end);
}
