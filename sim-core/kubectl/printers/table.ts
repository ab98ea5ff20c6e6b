import type { ApiObject } from '../api.ts';

/** metav1.Table */
export interface Table {
  kind: 'Table';
  apiVersion: string;
  metadata?: Record<string, unknown>;
  columnDefinitions: { name: string; type: string; format?: string; description?: string; priority?: number }[];
  rows: { cells: unknown[]; object?: Partial<ApiObject>; conditions?: unknown[] }[];
}

export interface TableOptions {
  noHeaders: boolean;
  wide: boolean;
  showLabels: boolean;
  withNamespace: boolean;
  /** Prefix names with `deployment.apps/`. */
  withKind: string | undefined;
  columnLabels: readonly string[];
}

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'Table';
}

/** Control characters as `^[`-like escapes so that no cell can drive the terminal (printers.WriteEscaped). */
function escapeTerminal(text: string): string {
  return text.replaceAll('\x1b', '^[').replaceAll('\r', '\\r');
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell !== 'string') return String(cell);
  const lineBreak = cell.search(/[\f\n\r]/);
  return lineBreak < 0 ? escapeTerminal(cell) : `${escapeTerminal(cell.slice(0, lineBreak))}...`;
}

function labelsText(labels: Record<string, string> | undefined): string {
  const keys = Object.keys(labels ?? {}).sort();
  return keys.length === 0 ? '<none>' : keys.map((key) => `${key}=${labels![key]}`).join(',');
}

/** Prints Tables as `kubectl get` does; headers are printed once and again when the columns change. */
export class TablePrinter {
  #printedHeaders = false;
  #lastColumns: Table['columnDefinitions'] = [];

  /** The lines of a table with tabs between cells. */
  print(given: Table, options: TableOptions): string {
    const columns = given.columnDefinitions ?? [];
    const same = JSON.stringify(columns) === JSON.stringify(this.#lastColumns);
    const noHeaders = options.noHeaders || (this.#printedHeaders && (columns.length === 0 || same));
    if (columns.length > 0) this.#lastColumns = columns;
    const table = this.#decorate({ ...given, columnDefinitions: this.#lastColumns }, options);
    if (table.rows.length === 0 && columns.length === 0) return '';
    let out = '';
    const shown = (index: number) => options.wide || (table.columnDefinitions[index]!.priority ?? 0) === 0;
    if (!noHeaders) {
      out += `${table.columnDefinitions
        .filter((_, index) => shown(index))
        .map((column) => column.name.toUpperCase())
        .join('\t')}\n`;
    }
    for (const row of table.rows)
      out += `${row.cells
        .filter((_, index) => index < table.columnDefinitions.length && shown(index))
        .map(cellText)
        .join('\t')}\n`;
    this.#printedHeaders = true;
    return out;
  }

  #decorate(table: Table, options: TableOptions): Table {
    const nameColumn = table.columnDefinitions.findIndex(
      (column) => column.format === 'name' && column.type === 'string',
    );
    const before = options.withNamespace ? [{ name: 'Namespace', type: 'string' }] : [];
    const labels = options.columnLabels.map((label) => ({
      name: label.slice(label.lastIndexOf('/') + 1),
      type: 'string',
    }));
    const after = options.showLabels ? [{ name: 'Labels', type: 'string' }] : [];
    return {
      ...table,
      columnDefinitions: [...before, ...table.columnDefinitions, ...labels, ...after],
      rows: (table.rows ?? []).map((row) => {
        const metadata = row.object?.metadata;
        const cells = row.cells.map((cell, index) =>
          options.withKind !== undefined && index === nameColumn ? `${options.withKind}/${String(cell)}` : cell,
        );
        return {
          ...row,
          cells: [
            ...(options.withNamespace ? [metadata?.namespace ?? ''] : []),
            ...cells,
            ...options.columnLabels.map((label) => metadata?.labels?.[label] ?? ''),
            ...(options.showLabels ? [labelsText(metadata?.labels)] : []),
          ],
        };
      }),
    };
  }
}
