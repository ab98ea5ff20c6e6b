import { civilTime } from '../../../engine/index.ts';
import type { Table } from './database.ts';
import type { Expression, Value } from './parser.ts';
import { placeOf, type Session, unsupported } from './session.ts';
import { binary, compare, truth } from './values.ts';

/** What an expression is for a row of a table. Throws `SqlError`. */
export function evaluate(expression: Expression, session: Session, table: Table, row: readonly Value[]): Value {
  const of = (inner: Expression) => evaluate(inner, session, table, row);
  switch (expression.kind) {
    case 'value':
      return expression.value;
    case 'column':
      return row[placeOf(table, expression.name)] ?? null;
    case 'not':
      return truth(of(expression.of)) ? 0 : 1;
    case 'null':
      return (of(expression.of) === null) === expression.negated ? 0 : 1;
    case 'in': {
      const value = of(expression.of);
      return expression.list.some((one) => compare(of(one), value) === 0) === expression.negated ? 0 : 1;
    }
    case 'call':
      return call(expression.name, expression.args.map(of), session);
    case 'binary':
      return binary(expression.operator, of(expression.left), () => of(expression.right));
  }
}

function call(name: string, args: readonly Value[], session: Session): Value {
  switch (name) {
    case 'NOW':
    case 'CURRENT_TIMESTAMP': {
      const t = civilTime(session.now());
      const two = (value: number) => String(value).padStart(2, '0');
      return `${t.year}-${two(t.month)}-${two(t.day)} ${two(t.hour)}:${two(t.minute)}:${two(t.second)}`;
    }
    case 'VERSION':
      return session.version;
    case 'DATABASE':
    case 'CURRENT_DATABASE':
      return session.database === '' ? null : session.database;
    case 'USER':
    case 'CURRENT_USER':
      return session.dialect === 'mysql' ? `${session.user}@%` : session.user;
    case 'CONCAT':
      return args.includes(null) ? null : args.join('');
    case 'UPPER':
      return args[0] === null ? null : String(args[0]).toUpperCase();
    case 'LOWER':
      return args[0] === null ? null : String(args[0]).toLowerCase();
    case 'LENGTH':
      return args[0] === null ? null : String(args[0]).length;
    case 'COALESCE':
    case 'IFNULL':
      return args.find((value) => value !== null) ?? null;
    default:
      throw unsupported(`the function ${name.toLowerCase()}`);
  }
}
