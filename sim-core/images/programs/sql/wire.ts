import { type Coroutine, SECOND } from '../../../engine/index.ts';
import { type Connection, type Listener, NetworkError, type NetworkStack, type Process } from '../../process.ts';
import type { DataDirectory } from './database.ts';
import { execute } from './execute.ts';
import { SqlError } from './lexer.ts';
import type { Result, Session } from './session.ts';

/**
 * How simulated database servers and clients talk: one JSON text a line, in the place of the servers' own binary protocols. First the client says
 * who it is, then it sends statements.
 */
interface Hello {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

type Reply = { readonly result: Result } | { readonly code: number; readonly state: string; readonly message: string };

export interface SqlServerOptions {
  readonly data: DataDirectory;
  readonly dialect: Session['dialect'];
  readonly version: string;
  readonly port: number;
  /** Why these credentials do not do; undefined: they do. */
  refuse(hello: Hello, from: string): SqlError | undefined;
}

/** Longest line that is taken. */
const MAX_LINE = 1024 * 1024;

/** Serves SQL at a port until it is closed. Throws EADDRINUSE. */
export function serveSql(process: Process, options: SqlServerOptions): Listener {
  const { data, dialect, version, port } = options;
  return process.network.listen(port, function* serve(connection) {
    const lines = new Lines(connection);
    const answer = (reply: Reply) => connection.write(`${JSON.stringify(reply)}\n`);
    const refuse = ({ code, state, message }: SqlError) => answer({ code, state, message });
    try {
      const hello = parse(yield* lines.next()) as Hello | undefined;
      if (hello === undefined) return;
      const problem = options.refuse(hello, connection.remoteAddress);
      if (problem !== undefined) {
        refuse(problem);
        return;
      }
      const session: Session = { data, dialect, version, user: hello.user, database: '', now: () => process.now() };
      if (hello.database !== '') {
        if (!data.hasDatabase(hello.database)) {
          const text =
            dialect === 'mysql'
              ? `Unknown database '${hello.database}'`
              : `database "${hello.database}" does not exist`;
          refuse(new SqlError(1049, dialect === 'mysql' ? '42000' : '3D000', text));
          return;
        }
        session.database = hello.database;
      }
      answer({ result: { tag: version } });
      for (let line = yield* lines.next(); line !== undefined; line = yield* lines.next()) {
        const sql = parse(line);
        try {
          answer({ result: execute(session, typeof sql === 'string' ? sql : '') });
        } catch (error) {
          if (!(error instanceof SqlError)) throw error;
          refuse(error);
        }
      }
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
    } finally {
      connection.close();
    }
  });
}

/** A client's connection to a database server. */
export class SqlConnection {
  readonly version: string;
  private readonly connection: Connection;
  private readonly lines: Lines;

  private constructor(connection: Connection, lines: Lines, version: string) {
    this.connection = connection;
    this.lines = lines;
    this.version = version;
  }

  /** Connects and says who it is. Throws `NetworkError`, `SqlError`. */
  static *open(network: NetworkStack, host: string, port: number, hello: Hello): Coroutine<SqlConnection> {
    const connection = yield* network.connect(host, port, 10 * SECOND);
    const lines = new Lines(connection);
    connection.write(`${JSON.stringify(hello)}\n`);
    const { tag } = read(yield* lines.next());
    return new SqlConnection(connection, lines, tag);
  }

  /** Carries out a statement. Throws `SqlError`; `NetworkError` when the server goes away. */
  *query(sql: string): Coroutine<Result> {
    this.connection.write(`${JSON.stringify(sql)}\n`);
    return read(yield* this.lines.next());
  }

  close(): void {
    this.connection.close();
  }
}

function read(line: string | undefined): Result {
  if (line === undefined) throw new NetworkError('ECONNRESET', 'Lost connection to server during query');
  const reply = parse(line) as Reply;
  if ('result' in reply) return reply.result;
  throw new SqlError(reply.code, reply.state, reply.message);
}

function parse(line: string | undefined): unknown {
  if (line === undefined) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** A connection read line by line. */
class Lines {
  private readonly connection: Connection;
  private buffer = '';

  constructor(connection: Connection) {
    this.connection = connection;
  }

  *next(): Coroutine<string | undefined> {
    for (;;) {
      const end = this.buffer.indexOf('\n');
      if (end >= 0) {
        const line = this.buffer.slice(0, end);
        this.buffer = this.buffer.slice(end + 1);
        return line;
      }
      const text = this.buffer.length > MAX_LINE ? undefined : yield* this.connection.read();
      if (text === undefined) return undefined;
      this.buffer += text;
    }
  }
}
