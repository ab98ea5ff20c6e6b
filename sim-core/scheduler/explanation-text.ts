import type { SchedulingExplanation, SchedulingRow } from './explain.ts';

/** More nodes than this do not fit beside each other: they are told one below the other. */
const MOST_COLUMNS = 8;

/**
 * An explanation as text: a table of plugins by nodes, with `ok` or `no` for filters and weighted points for scores, then why each node
 * was refused and which are best.
 */
export function explanationText({ pod, preFilter, skipped, rows, best, message }: SchedulingExplanation): string {
  const lines = [`Pod ${pod}`];
  for (const { plugin, code, reasons } of preFilter) lines.push(`${plugin} says ${code}: ${reasons.join(', ')}`);
  if (rows.length > 0 && rows.length <= MOST_COLUMNS) lines.push('', ...table(rows));
  else for (const row of rows) lines.push('', ...nodeLines(row));
  const refusals = rows.flatMap(({ node, filters }) =>
    filters
      .filter(({ reasons }) => reasons.length > 0)
      .map(({ plugin, reasons }) => `${node}: ${plugin}: ${reasons.join(', ')}`),
  );
  if (refusals.length > 0 && rows.length <= MOST_COLUMNS) lines.push('', ...refusals);
  if (skipped.length > 0) lines.push('', `Nothing to say about this pod: ${skipped.join(', ')}.`);
  lines.push('', message ?? `Best: ${best.join(', ')}.`, '');
  return lines.join('\n');
}

function table(rows: readonly SchedulingRow[]): string[] {
  const filters = unique(rows.flatMap((row) => row.filters.map(({ plugin }) => plugin)));
  const scores = unique(rows.flatMap((row) => row.scores.map(({ plugin }) => plugin)));
  const verdict = (row: SchedulingRow, name: string) => {
    const found = row.filters.find(({ plugin }) => plugin === name);
    return found === undefined ? '-' : found.code === 'Success' ? 'ok' : 'no';
  };
  const points = (row: SchedulingRow, name: string) => {
    const found = row.scores.find(({ plugin }) => plugin === name);
    return found === undefined ? '-' : String(found.weighted);
  };
  const weightOf = (name: string) =>
    rows.flatMap((row) => row.scores).find(({ plugin }) => plugin === name)?.weight ?? 1;
  const cells = [
    ['FILTER', ...rows.map(({ node }) => node)],
    ...filters.map((name) => [name, ...rows.map((row) => verdict(row, name))]),
    ['fits', ...rows.map(({ feasible }) => (feasible ? 'yes' : 'no'))],
  ];
  if (scores.length > 0)
    cells.push(
      ['SCORE × WEIGHT', ...rows.map(({ node }) => node)],
      ...scores.map((name) => [`${name} × ${weightOf(name)}`, ...rows.map((row) => points(row, name))]),
      ['total', ...rows.map(({ feasible, total }) => (feasible ? String(total) : '-'))],
    );
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('   ')
      .trimEnd(),
  );
}

function nodeLines({ node, feasible, filters, scores, total }: SchedulingRow): string[] {
  const refusals = filters
    .filter(({ reasons }) => reasons.length > 0)
    .map(({ plugin, reasons }) => `  ${plugin}: ${reasons.join(', ')}`);
  const points = scores.map(({ plugin, weight, score, weighted }) => `  ${plugin}: ${score} × ${weight} = ${weighted}`);
  return [feasible ? `${node}: fits, total ${total}` : `${node}: does not fit`, ...refusals, ...points];
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
