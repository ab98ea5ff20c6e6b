import Papa from 'papaparse';

/**
 * Rows as CSV that LMSes and Korean Excel read: UTF-8 with BOM, CRLF. Cells that a spreadsheet would execute (`=…`, `+…`, `-…`, `@…`) are
 * given an apostrophe; numbers stay numbers.
 */
export function toCsv(rows: readonly Readonly<Record<string, string | number>>[], columns: readonly string[]): string {
  const data = rows.map((row) => columns.map((column) => cell(row[column] ?? '')));
  return `\ufeff${Papa.unparse({ fields: [...columns], data }, { newline: '\r\n' })}\r\n`;
}

function cell(value: string | number): string | number {
  if (typeof value === 'number') return value;
  return /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
}
