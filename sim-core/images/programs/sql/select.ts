import type { Table } from './database.ts';
import { evaluate } from './evaluate.ts';
import type { Expression, Reader, Value } from './parser.ts';
import { type Result, type Session, tableOf, unsupported } from './session.ts';
import { binary, compare, truth } from './values.ts';

const AGGREGATES = new Set(['COUNT', 'SUM', 'MIN', 'MAX', 'AVG']);

/** Where a SELECT without FROM looks: at one empty row. */
const NOWHERE: Table = { name: '', columns: [], rows: [[]], next: 1 };

/** `SELECT …`. */
export function select(session: Session, reader: Reader): Result {
  const wanted: { expression: Expression | undefined; label: string }[] = [];
  do {
    if (reader.accept('*')) {
      wanted.push({ expression: undefined, label: '*' });
      continue;
    }
    const expression = reader.expression();
    const label = reader.accept('AS') ? labelAfter(reader) : labelOf(expression);
    wanted.push({ expression, label });
  } while (reader.accept(','));
  const table = reader.accept('FROM') ? tableOf(session, reader.name()) : NOWHERE;
  if (reader.accept('JOIN') || reader.accept('INNER') || reader.accept('LEFT')) throw unsupported('JOIN');
  const where = reader.accept('WHERE') ? reader.expression() : undefined;
  if (reader.accept('GROUP')) throw unsupported('GROUP BY');
  let rows =
    where === undefined ? [...table.rows] : table.rows.filter((row) => truth(evaluate(where, session, table, row)));
  if (reader.accept('ORDER', 'BY')) {
    const by = reader.expression();
    const down = reader.accept('DESC') || (reader.accept('ASC') && false);
    const keyed = rows.map((row, index) => ({ row, index, key: evaluate(by, session, table, row) }));
    keyed.sort((a, b) => (down ? -1 : 1) * compare(a.key, b.key) || a.index - b.index);
    rows = keyed.map(({ row }) => row);
  }
  if (reader.accept('LIMIT')) rows = rows.slice(0, Number(reader.next().text));
  const output = wanted.flatMap(({ expression, label }) =>
    expression === undefined
      ? table.columns.map(({ name }): { expression: Expression; label: string } => ({
          expression: { kind: 'column', name },
          label: name,
        }))
      : [{ expression, label }],
  );
  const grouped = output.some(({ expression }) => aggregates(expression));
  const result = grouped
    ? [output.map(({ expression }) => aggregate(expression, session, table, rows))]
    : rows.map((row) => output.map(({ expression }) => evaluate(expression, session, table, row)));
  return { columns: output.map(({ label }) => label), rows: result, tag: `SELECT ${result.length}` };
}

function labelAfter(reader: Reader): string {
  return reader.next().text;
}

function labelOf(expression: Expression): string {
  if (expression.kind === 'column') return expression.name;
  if (expression.kind === 'value') return String(expression.value);
  if (expression.kind === 'call') {
    return `${expression.name.toLowerCase()}(${expression.star ? '*' : expression.args.map(labelOf).join(', ')})`;
  }
  return '?column?';
}

/** Whether an expression is about all rows together. */
function aggregates(expression: Expression): boolean {
  if (expression.kind === 'call') return AGGREGATES.has(expression.name);
  return expression.kind === 'binary' && (aggregates(expression.left) || aggregates(expression.right));
}

/** What an expression is for all rows together. */
function aggregate(expression: Expression, session: Session, table: Table, rows: readonly Value[][]): Value {
  if (expression.kind === 'binary' && aggregates(expression)) {
    const { operator, left, right } = expression;
    return binary(operator, aggregate(left, session, table, rows), () => aggregate(right, session, table, rows));
  }
  if (expression.kind !== 'call' || !AGGREGATES.has(expression.name)) {
    return rows[0] === undefined ? null : evaluate(expression, session, table, rows[0]);
  }
  if (expression.star) return rows.length;
  const values = rows
    .map((row) => evaluate(expression.args[0]!, session, table, row))
    .filter((value) => value !== null);
  if (expression.name === 'COUNT') return values.length;
  if (values.length === 0) return null;
  const sum = () => values.reduce<number>((total, value) => total + Number(value), 0);
  if (expression.name === 'SUM') return sum();
  if (expression.name === 'AVG') return sum() / values.length;
  const sorted = [...values].sort(compare);
  return (expression.name === 'MIN' ? sorted[0] : sorted.at(-1)) ?? null;
}
