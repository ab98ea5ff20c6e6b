import Papa from 'papaparse';

/**
 * Rows as CSV that LMSes and Korean Excel read: UTF-8 with BOM, CRLF. Cells that a spreadsheet would execute (`=…`, `+…`, `-…`, `@…`, also
 * in full width, which East Asian versions take for the same) are given an apostrophe; numbers stay numbers.
 */
export function toCsv(rows: readonly Readonly<Record<string, string | number>>[], columns: readonly string[]): string {
  const data = rows.map((row) => columns.map((column) => cell(row[column] ?? '')));
  return `\ufeff${Papa.unparse({ fields: [...columns], data }, { newline: '\r\n' })}\r\n`;
}

function cell(value: string | number): string | number {
  if (typeof value === 'number') return value;
  return /^\s*[=+\-@＝＋－＠|\t\r]/.test(value) ? `'${value}` : value;
}
