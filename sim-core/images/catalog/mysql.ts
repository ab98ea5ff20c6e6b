import { type Coroutine, civilTime, SECOND, sleep } from '../../engine/index.ts';
import { DEFAULT_PATH, type ImageRepository, layer } from '../image.ts';
import { readLine } from '../pipe.ts';
import { FileError, type Listener, NetworkError, type Process, type Program } from '../process.ts';
import { flag, untilSignal } from '../programs/server.ts';
import { DataDirectory } from '../programs/sql/database.ts';
import { SqlError, statements } from '../programs/sql/lexer.ts';
import { mysqlBatch, mysqlTable } from '../programs/sql/print.ts';
import { SqlConnection, serveSql } from '../programs/sql/wire.ts';
import { DEBIAN_LAYER, DEBIAN_PROGRAMS } from './bases.ts';

const DATA = '/var/lib/mysql';
const PORT = 3306;
const MEMORY = 380 * 1024 * 1024;
/** Time to make the system tables of an empty data directory, and to start. */
const INITIALISE = 6 * SECOND;
const START = 2 * SECOND;

function stamp(now: number): string {
  const t = civilTime(now);
  const two = (value: number, size = 2) => String(value).padStart(size, '0');
  return `${t.year}-${two(t.month)}-${two(t.day)}T${two(t.hour)}:${two(t.minute)}:${two(t.second)}.${two(t.microsecond, 6)}Z`;
}

/** What sets one server apart from its relatives. */
interface Flavour {
  readonly version: string;
  readonly server: string;
  /** `MySQL Server`, `MariaDB Server`. */
  readonly title: string;
  /** Prefixes of the environment variables that it takes. */
  readonly prefixes: readonly string[];
}

/** mysqld with its entrypoint: prepares the data directory if it is empty, and serves a small SQL. */
function mysqld({ version, server, title, prefixes }: Flavour): Program {
  return function* main(process) {
    const entry = (level: string, text: string) => {
      const time = stamp(process.now()).slice(0, 19).replace('T', ' ');
      process.stdout.write(`${time}+00:00 [${level}] [Entrypoint]: ${text}\n`);
    };
    const log = (level: string, code: string, part: string, text: string) =>
      process.stderr.write(`${stamp(process.now())} 0 [${level}] [MY-${code}] [${part}] ${text}\n`);
    const setting = (name: string) => {
      for (const prefix of prefixes) {
        const value = process.env[`${prefix}_${name}`];
        if (value !== undefined && value !== '') return value;
        const file = process.env[`${prefix}_${name}_FILE`];
        if (file !== undefined) return process.files.read(file).replace(/\n$/, '');
      }
      return undefined;
    };
    if (process.argv[1] !== undefined && process.argv[1] !== server && !process.argv[1].startsWith('-')) {
      return yield* process.exec({ argv: process.argv.slice(1) });
    }
    entry('Note', `Entrypoint script for ${title} ${version} started.`);
    const data = new DataDirectory(process.files, DATA);
    try {
      if (!data.initialised) {
        const root = setting('ROOT_PASSWORD');
        const empty = setting('ALLOW_EMPTY_PASSWORD') ?? setting('ALLOW_EMPTY_ROOT_PASSWORD');
        if (root === undefined && empty === undefined && setting('RANDOM_ROOT_PASSWORD') === undefined) {
          entry('ERROR', 'Database is uninitialized and password option is not specified');
          const names = ['ROOT_PASSWORD', 'ALLOW_EMPTY_PASSWORD', 'RANDOM_ROOT_PASSWORD'];
          process.stdout.write('    You need to specify one of the following as an environment variable:\n');
          for (const name of names) process.stdout.write(`    - ${prefixes[0]}_${name}\n`);
          return 1;
        }
        entry('Note', 'Initializing database files');
        yield* sleep(INITIALISE);
        const users: Record<string, string> = { root: root ?? '' };
        const user = setting('USER');
        if (user !== undefined) users[user] = setting('PASSWORD') ?? '';
        data.settings = users;
        const database = setting('DATABASE');
        if (database !== undefined) {
          entry('Note', `Creating database ${database}`);
          data.createDatabase(database);
        }
        if (user !== undefined) entry('Note', `Creating user ${user}`);
        entry('Note', 'MySQL init process done. Ready for start up.');
      }
      process.use({ memory: MEMORY });
      log('System', '010116', 'Server', `/usr/sbin/${server} (mysqld ${version}) starting as process ${process.pid}`);
      yield* sleep(START);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      log('ERROR', '010187', 'Server', `Could not open file '${DATA}' for error logging: ${error.message}`);
      return 1;
    }
    let listener: Listener;
    try {
      listener = serveSql(process, {
        data,
        dialect: 'mysql',
        version,
        port: Number(flag(process.argv, 'port') ?? PORT),
        refuse({ user, password }, from) {
          const users = data.settings;
          if (Object.hasOwn(users, user) && users[user] === password) return undefined;
          const using = `using password: ${password === '' ? 'NO' : 'YES'}`;
          const host = from === '127.0.0.1' ? 'localhost' : from;
          return new SqlError(1045, '28000', `Access denied for user '${user}'@'${host}' (${using})`);
        },
      });
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      log('ERROR', '010262', 'Server', "Can't start server: Bind on TCP/IP port: Address already in use");
      return 1;
    }
    log(
      'System',
      '010931',
      'Server',
      `/usr/sbin/${server}: ready for connections. Version: '${version}'  socket: '/var/run/mysqld/mysqld.sock'  port: ${PORT}  ${title}.`,
    );
    yield* untilSignal(process, ['SIGTERM', 'SIGINT']);
    log(
      'System',
      '013172',
      'Server',
      `Received SHUTDOWN from user <via user signal>. Shutting down ${server} (Version: ${version}).`,
    );
    listener.close();
    yield* sleep(SECOND);
    log('System', '010910', 'Server', `/usr/sbin/${server}: Shutdown complete (${server} ${version})  ${title}.`);
    return 0;
  };
}

interface ClientOptions {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  execute: string | undefined;
  batch: boolean;
  header: boolean;
  frame: boolean;
  operands: string[];
}

function clientOptions(process: Process): ClientOptions | string {
  const options: ClientOptions = {
    host: '',
    port: PORT,
    user: 'root',
    password: process.env.MYSQL_PWD ?? '',
    database: '',
    execute: undefined,
    batch: false,
    header: true,
    frame: false,
    operands: [],
  };
  const args = process.argv.slice(1);
  const longs: Record<string, string> = { host: 'h', user: 'u', password: 'p', port: 'P', database: 'D', execute: 'e' };
  for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
    const long = /^--([a-z-]+)(?:=(.*))?$/s.exec(arg);
    const letter = long === null ? (/^-([a-zA-Z])/.exec(arg)?.[1] ?? '') : (longs[long[1]!] ?? long[1]!);
    const attached = long === null ? arg.slice(2) : (long[2] ?? '');
    const value = () => (attached === '' ? (args.shift() ?? '') : attached);
    if (letter === 'h') options.host = value();
    else if (letter === 'u') options.user = value();
    else if (letter === 'P') options.port = Number(value());
    else if (letter === 'D') options.database = value();
    else if (letter === 'e') options.execute = value();
    else if (letter === 'p') {
      options.password = attached;
      if (attached !== '')
        process.stderr.write(
          `${nameOf(process)}: [Warning] Using a password on the command line interface can be insecure.\n`,
        );
    } else if (letter === 'N' || letter === 'skip-column-names') options.header = false;
    else if (letter === 's' || letter === 'silent') {
      if (options.batch) options.header = false;
      options.batch = true;
    } else if (letter === 'B' || letter === 'batch') options.batch = true;
    else if (letter === 't' || letter === 'table') options.frame = true;
    else if (letter === '') options.operands.push(arg);
    else if (
      !['ssl-mode', 'protocol', 'connect-timeout', 'skip-ssl', 'default-character-set', 'A', 'f', 'i'].includes(letter)
    ) {
      return `unknown option '${arg}'`;
    } else if (letter === 'connect-timeout' && attached === '') args.shift();
  }
  return options;
}

function nameOf({ argv }: Process): string {
  const path = argv[0] ?? 'mysql';
  return path.slice(path.lastIndexOf('/') + 1);
}

function* open(process: Process, { host, port, user, password, database }: ClientOptions): Coroutine<SqlConnection> {
  const address = host === '' || host === 'localhost' ? '127.0.0.1' : host;
  try {
    return yield* SqlConnection.open(process.network, address, port, { user, password, database });
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    if (error.code === 'ENOTFOUND') throw new SqlError(2005, 'HY000', `Unknown MySQL server host '${host}' (-2)`);
    if (host === '') {
      throw new SqlError(
        2002,
        'HY000',
        "Can't connect to local MySQL server through socket '/var/run/mysqld/mysqld.sock' (2)",
      );
    }
    const errno = error.code === 'ETIMEDOUT' ? 110 : error.code === 'EHOSTUNREACH' ? 113 : 111;
    throw new SqlError(2003, 'HY000', `Can't connect to MySQL server on '${host}:${port}' (${errno})`);
  }
}

/** mysql: the command line client. */
function* client(process: Process): Coroutine<number> {
  const options = clientOptions(process);
  if (typeof options === 'string') {
    process.stderr.write(`mysql: [ERROR] ${options}\n`);
    return 2;
  }
  options.database ||= options.operands[0] ?? '';
  const fail = (error: unknown, where: string) => {
    if (error instanceof SqlError)
      process.stderr.write(`ERROR ${error.code} (${error.state})${where}: ${error.message}\n`);
    else if (error instanceof NetworkError)
      process.stderr.write(`ERROR 2013 (HY000)${where}: Lost connection to MySQL server during query\n`);
    else throw error;
    return 1;
  };
  let connection: SqlConnection;
  try {
    connection = yield* open(process, options);
  } catch (error) {
    return fail(error, '');
  }
  const framed = options.frame || (process.terminal && !options.batch);
  const run = function* (sql: string): Coroutine<number> {
    try {
      const started = process.now();
      const result = yield* connection.query(sql);
      const rows = result.rows?.length ?? 0;
      process.stdout.write(framed ? mysqlTable(result) : mysqlBatch(result, options.header));
      if (!process.terminal || options.execute !== undefined) return 0;
      const time = `(${((process.now() - started) / SECOND).toFixed(2)} sec)`;
      if (result.database !== undefined) process.stdout.write('Database changed\n');
      else if (result.columns === undefined)
        process.stdout.write(
          `Query OK, ${result.changed ?? 0} row${result.changed === 1 ? '' : 's'} affected ${time}\n\n`,
        );
      else
        process.stdout.write(
          rows === 0 ? `Empty set ${time}\n\n` : `${rows} row${rows === 1 ? '' : 's'} in set ${time}\n\n`,
        );
      return 0;
    } catch (error) {
      return fail(error, process.terminal && options.execute === undefined ? '' : ' at line 1');
    }
  };
  let code = 0;
  if (options.execute !== undefined) {
    const { complete, rest } = statements(options.execute);
    for (const sql of [...complete, rest.trim()]) if (sql !== '' && code === 0) code = yield* run(sql);
    connection.close();
    return code;
  }
  if (process.terminal)
    process.stdout.write(
      `Welcome to the MySQL monitor.  Commands end with ; or \\g.\nServer version: ${connection.version}\n\n`,
    );
  let pending = '';
  for (;;) {
    if (process.terminal) process.stdout.write(pending === '' ? 'mysql> ' : '    -> ');
    const line = yield* readLine(process.stdin);
    if (line === undefined || (pending === '' && /^\s*(?:exit|quit|\\q)\s*;?\s*$/i.test(line))) break;
    const { complete, rest } = statements(`${pending}${line}`.replace(/\\[gG]\s*$/, ';'));
    pending = rest.trim() === '' ? '' : rest;
    for (const sql of complete) {
      code = yield* run(sql);
      if (code !== 0 && !process.terminal) {
        connection.close();
        return code;
      }
    }
  }
  if (process.terminal) process.stdout.write('Bye\n');
  else if (pending.trim() !== '') code = yield* run(pending.trim());
  connection.close();
  return code;
}

/** mysqladmin: ping, status. */
function* admin(process: Process): Coroutine<number> {
  const options = clientOptions(process);
  if (typeof options === 'string') {
    process.stderr.write(`mysqladmin: [ERROR] ${options}\n`);
    return 2;
  }
  const [command = ''] = options.operands;
  const failed = (text: string) => {
    process.stderr.write(
      `mysqladmin: connect to server at '${options.host || 'localhost'}' failed\nerror: '${text}'\n`,
    );
    return 1;
  };
  try {
    const connection = yield* open(process, options);
    process.stdout.write(command === 'ping' ? 'mysqld is alive\n' : 'Uptime: 1  Threads: 1  Questions: 1\n');
    connection.close();
    return 0;
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    if (command === 'ping' && error.code === 1045) {
      process.stdout.write('mysqld is alive\n');
      return 0;
    }
    return failed(error.message);
  }
}

function release(flavour: Flavour, tags: readonly string[], megabytes: number) {
  const server = mysqld(flavour);
  return {
    tags,
    layers: [DEBIAN_LAYER, layer(`${flavour.title} ${flavour.version}`, megabytes, { files: { [`${DATA}/`]: '' } })],
    entrypoint: ['docker-entrypoint.sh'],
    command: [flavour.server],
    env: { PATH: DEFAULT_PATH, MYSQL_VERSION: flavour.version },
    exposedPorts: [PORT],
    programs: {
      ...DEBIAN_PROGRAMS,
      '/usr/local/bin/docker-entrypoint.sh': server,
      [`/usr/sbin/${flavour.server}`]: server,
      '/usr/bin/mysql': client,
      '/usr/bin/mariadb': client,
      '/usr/bin/mysqladmin': admin,
      '/usr/bin/mariadb-admin': admin,
    },
  };
}

const MYSQL = { server: 'mysqld', title: 'MySQL Community Server', prefixes: ['MYSQL'] } as const;

/** MySQL: a small SQL (create, insert, select, update, delete; no joins), kept in its data directory. */
export const mysql: ImageRepository = {
  name: 'docker.io/library/mysql',
  releases: [
    release({ ...MYSQL, version: '9.3.0' }, ['9.3.0', '9.3', '9', 'latest'], 226),
    release({ ...MYSQL, version: '8.4.5' }, ['8.4.5', '8.4', 'lts'], 221),
    release({ ...MYSQL, version: '8.0.42' }, ['8.0.42', '8.0', '8', '8-debian'], 217),
    release({ ...MYSQL, version: '5.7.44' }, ['5.7.44', '5.7', '5'], 138),
    release({ ...MYSQL, version: '5.6.51' }, ['5.6.51', '5.6'], 99),
  ],
};

export const mariadb: ImageRepository = {
  name: 'docker.io/library/mariadb',
  releases: [
    release(
      { version: '11.8.2-MariaDB', server: 'mariadbd', title: 'MariaDB Server', prefixes: ['MARIADB', 'MYSQL'] },
      ['11.8.2', '11.8', '11', 'latest', '10.11', '10.6', '10'],
      117,
    ),
  ],
};
