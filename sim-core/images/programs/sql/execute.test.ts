import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Directory } from '../../file-node.ts';
import { LayeredFileSystem } from '../../file-system.ts';
import type { FileSystem } from '../../process.ts';
import { DataDirectory } from './database.ts';
import { execute } from './execute.ts';
import { SqlError, statements } from './lexer.ts';
import type { Session } from './session.ts';

function session(files: FileSystem = new LayeredFileSystem(new Directory(), { now: 0 })): Session {
  const data = new DataDirectory(files, '/data');
  data.settings = {};
  if (!data.hasDatabase('app')) data.createDatabase('app');
  return { data, dialect: 'mysql', version: '8.0', user: 'root', database: 'app', now: () => 0 };
}

it('keeps what it is told, and finds it by conditions', () => {
  const one = session();
  execute(one, "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(10) NOT NULL DEFAULT 'x', n INT)");
  execute(one, "INSERT INTO t (name, n) VALUES ('a', 1), ('b', NULL), ('it''s', 3)");
  const names = (where: string) =>
    execute(one, `SELECT name FROM t WHERE ${where} ORDER BY id`).rows!.map(([name]) => name);
  expect(names('n IS NULL')).toEqual(['b']);
  expect(names("n > 0 AND NOT name = 'a'")).toEqual(["it's"]);
  expect(names("name LIKE '%t_s' OR id IN (1)")).toEqual(['a', "it's"]);
  expect(execute(one, 'SELECT COUNT(n), SUM(n) + 0, MAX(id) FROM t').rows).toEqual([[2, 4, 3]]);
  expect(execute(one, 'DELETE FROM t WHERE n = 3').changed).toBe(1);
  expect(() => execute(one, 'INSERT INTO t (name) VALUES (NULL)')).toThrow("Column 'name' cannot be null");
});

it('answers anything with a result or an error of its own', () => {
  const words = fc.constantFrom(
    'SELECT',
    '*',
    'FROM',
    't',
    'WHERE',
    'INSERT',
    'INTO',
    'VALUES',
    '(',
    ')',
    ',',
    "'x'",
    '1',
    'AND',
    'CREATE',
    'TABLE',
    '__proto__',
    'constructor',
    'DROP',
    ';',
    '=',
    'NOT',
    'LIKE',
    '-',
    '.',
    'ORDER',
    'BY',
    'LIMIT',
    '`',
    '"',
    '/*',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(words, { maxLength: 30 }).map((list) => list.join(' ')),
      ),
      (sql) => {
        const one = session();
        for (const statement of statements(`${sql};`).complete) {
          try {
            execute(one, statement);
          } catch (error) {
            if (!(error instanceof SqlError)) throw error;
          }
        }
        expect(() => execute(one, `SELECT ${'('.repeat(5000)}1`)).toThrow(SqlError);
      },
    ),
    { seed: 4, numRuns: 300 },
  );
});
