import { type Coroutine, civilTime, MILLISECOND, SECOND, sleep } from '../../engine/index.ts';
import { DEFAULT_PATH, type ImageRepository, layer } from '../image.ts';
import { readLine } from '../pipe.ts';
import { FileError, type Listener, NetworkError, type Process, type Program } from '../process.ts';
import { untilSignal } from '../programs/server.ts';
import { DataDirectory } from '../programs/sql/database.ts';
import { SqlError, statements } from '../programs/sql/lexer.ts';
import { psqlPlain, psqlTable } from '../programs/sql/print.ts';
import { SqlConnection, serveSql } from '../programs/sql/wire.ts';
import { ALPINE_LAYER, ALPINE_PROGRAMS, DEBIAN_LAYER, DEBIAN_PROGRAMS } from './bases.ts';
import { alpineUsers, debianUsers } from './users.ts';

const PORT = 5432;
const MEMORY = 40 * 1024 * 1024;
const INITIALISE = 2 * SECOND;
const START = SECOND / 2;

const NO_PASSWORD = `Error: Database is uninitialized and superuser password is not specified.
       You must specify POSTGRES_PASSWORD to a non-empty value for the
       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".

       You may also use "POSTGRES_HOST_AUTH_METHOD=trust" to allow all
       connections without a password. This is *not* recommended.

       See PostgreSQL documentation about "trust":
       https://www.postgresql.org/docs/current/auth-trust.html
`;

function stamp(now: number): string {
  const t = civilTime(now);
  const two = (value: number, size = 2) => String(value).padStart(size, '0');
  const millisecond = Math.floor(t.microsecond / MILLISECOND);
  return `${t.year}-${two(t.month)}-${two(t.day)} ${two(t.hour)}:${two(t.minute)}:${two(t.second)}.${two(millisecond, 3)} UTC`;
}

/** `postgres (PostgreSQL) 16.9 (Debian 16.9-1.pgdg120+1)`: packages of Debian name themselves. */
function tellVersion({ env, files, stdout }: Process, program: string): number {
  const version = env.PG_VERSION ?? '';
  const packaged = files.stat('/etc/debian_version') === undefined ? '' : ` (Debian ${version}-1.pgdg120+1)`;
  stdout.write(`${program} (PostgreSQL) ${version}${packaged}\n`);
  return 0;
}

/** postgres with its entrypoint: prepares the data directory if it is empty, and serves a small SQL. */
function postgresServer(version: string): Program {
  return function* main(process) {
    if (/^(-V|--version)$/.test(process.argv[process.argv[1] === 'postgres' ? 2 : 1] ?? ''))
      return tellVersion(process, 'postgres');
    if (process.argv[1] !== undefined && process.argv[1] !== 'postgres' && !process.argv[1].startsWith('-')) {
      return yield* process.exec({ argv: process.argv.slice(1) });
    }
    const log = (text: string) => process.stderr.write(`${stamp(process.now())} [${process.pid}] LOG:  ${text}\n`);
    const { env, files } = process;
    const root = env.PGDATA ?? '/var/lib/postgresql/data';
    const data = new DataDirectory(files, root);
    const setting = (name: string) => {
      const file = env[`${name}_FILE`];
      return file === undefined ? env[name] : files.read(file).replace(/\n$/, '');
    };
    const trust = env.POSTGRES_HOST_AUTH_METHOD === 'trust';
    try {
      if (!data.initialised) {
        const password = setting('POSTGRES_PASSWORD') ?? '';
        if (password === '' && !trust) {
          process.stderr.write(NO_PASSWORD);
          return 1;
        }
        if (files.stat(`${root}/lost+found`) !== undefined) {
          process.stderr.write(
            `initdb: error: directory "${root}" exists but is not empty\ninitdb: detail: It contains a lost+found directory, perhaps due to it being a mount point.\n`,
          );
          return 1;
        }
        const user = setting('POSTGRES_USER') ?? 'postgres';
        const database = setting('POSTGRES_DB') ?? user;
        process.stdout.write(
          `The files belonging to this database system will be owned by user "postgres".\n\nfixing permissions on existing directory ${root} ... ok\ncreating subdirectories ... ok\n`,
        );
        yield* sleep(INITIALISE);
        data.settings = { [user]: password };
        for (const name of new Set(['postgres', database])) data.createDatabase(name);
        process.stdout.write('\nPostgreSQL init process complete; ready for start up.\n\n');
      } else {
        process.stdout.write(
          '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n',
        );
      }
      process.use({ memory: MEMORY });
      log(`starting PostgreSQL ${version} on x86_64-pc-linux-gnu`);
      yield* sleep(START);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      process.stderr.write(`initdb: error: could not create directory "${root}": ${error.message}\n`);
      return 1;
    }
    let listener: Listener;
    try {
      listener = serveSql(process, {
        data,
        dialect: 'postgres',
        version: `PostgreSQL ${version}`,
        port: PORT,
        refuse({ user, password }, from) {
          const users = data.settings;
          if (trust || from === '127.0.0.1') {
            return Object.hasOwn(users, user) ? undefined : new SqlError(0, '28000', `role "${user}" does not exist`);
          }
          if (Object.hasOwn(users, user) && users[user] === password) return undefined;
          log(`FATAL:  password authentication failed for user "${user}"`);
          return new SqlError(0, '28P01', `password authentication failed for user "${user}"`);
        },
      });
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      log('could not bind IPv4 address "0.0.0.0": Address already in use');
      return 1;
    }
    log(`listening on IPv4 address "0.0.0.0", port ${PORT}`);
    log('database system is ready to accept connections');
    yield* untilSignal(process, ['SIGTERM', 'SIGINT']);
    log('received fast shutdown request');
    listener.close();
    yield* sleep(SECOND / 5);
    log('database system is shut down');
    return 0;
  };
}

interface Target {
  host: string;
  port: number;
  user: string;
  database: string;
}

function defaults({ env }: Process): Target {
  return {
    host: env.PGHOST ?? '',
    port: Number(env.PGPORT ?? PORT),
    user: env.PGUSER ?? 'root',
    database: env.PGDATABASE ?? '',
  };
}

/** Where a client failed to get to, in libpq's words. */
function unreachable({ host, port }: Target, error: NetworkError): string {
  if (error.code === 'ENOTFOUND')
    return `could not translate host name "${host}" to address: Name or service not known`;
  const where =
    host === ''
      ? 'connection to server on socket "/var/run/postgresql/.s.PGSQL.5432"'
      : `connection to server at "${host}", port ${port}`;
  const why =
    error.code === 'ETIMEDOUT'
      ? 'Connection timed out'
      : host === ''
        ? 'No such file or directory'
        : 'Connection refused';
  return `${where} failed: ${why}\n\tIs the server running ${host === '' ? 'locally and accepting connections on that socket' : 'on that host and accepting TCP/IP connections'}?`;
}

/** psql: the command line client. */
function* psql(process: Process): Coroutine<number> {
  const target = defaults(process);
  const commands: string[] = [];
  let plain = false;
  const args = process.argv.slice(1);
  if (/^(-V|--version)$/.test(args[0] ?? '')) return tellVersion(process, 'psql');
  const operands: string[] = [];
  let password = process.env.PGPASSWORD ?? '';
  for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
    const uri = /^postgres(?:ql)?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^:/]*)(?::(\d+))?(?:\/([^?]*))?/.exec(arg);
    // Flags without a value may stand together: -Atc.
    const flags = /^-[tAqX]+/.exec(arg)?.[0] ?? '';
    plain ||= flags.includes('t');
    if (flags !== '') {
      if (flags === arg) continue;
      arg = `-${arg.slice(flags.length)}`;
    }
    const match = /^(?:-([a-zA-Z])(.*)|--([a-z-]+)(?:=(.*))?)$/s.exec(arg);
    if (uri !== null) {
      const [, user = target.user, secret = password, host = '', port = '5432', database = ''] = uri;
      Object.assign(target, { user, host, port: Number(port), database });
      password = secret;
      continue;
    }
    if (match === null) {
      operands.push(arg);
      continue;
    }
    const [, short, rest = '', long = '', given] = match;
    const names: Record<string, string> = { host: 'h', port: 'p', username: 'U', dbname: 'd', command: 'c' };
    const letter = short ?? names[long] ?? long;
    const value = () => given ?? (rest === '' ? (args.shift() ?? '') : rest);
    if (letter === 'h') target.host = value();
    else if (letter === 'p') target.port = Number(value());
    else if (letter === 'U') target.user = value();
    else if (letter === 'd') target.database = value();
    else if (letter === 'c') commands.push(value());
    else if (letter === 'tuples-only') plain = true;
    else if (letter !== 'w' && letter !== 'W' && letter !== 'v') {
      process.stderr.write(`psql: invalid option -- '${letter}'\n`);
      return 2;
    }
  }
  if (operands[0] !== undefined) target.database = operands[0];
  if (operands[1] !== undefined) target.user = operands[1];
  const { host, port, user } = target;
  const database = target.database === '' ? user : target.database;
  let connection: SqlConnection;
  try {
    connection = yield* SqlConnection.open(
      process.network,
      host === '' || host === 'localhost' ? '127.0.0.1' : host,
      port,
      {
        user,
        password,
        database,
      },
    );
  } catch (error) {
    if (error instanceof NetworkError) process.stderr.write(`psql: error: ${unreachable(target, error)}\n`);
    else if (error instanceof SqlError) {
      const where = host === '' ? 'on socket "/var/run/postgresql/.s.PGSQL.5432"' : `at "${host}", port ${port}`;
      process.stderr.write(`psql: error: connection to server ${where} failed: FATAL:  ${error.message}\n`);
    } else throw error;
    return 2;
  }
  const run = function* (text: string): Coroutine<number> {
    const sql = text === '\\dt' ? 'SHOW TABLES' : text === '\\l' ? 'SHOW DATABASES' : text;
    try {
      const result = yield* connection.query(sql);
      if (result.columns === undefined) process.stdout.write(plain ? '' : `${result.tag}\n`);
      else process.stdout.write(plain ? psqlPlain(result) : psqlTable(result));
      return 0;
    } catch (error) {
      if (error instanceof NetworkError) {
        process.stderr.write('server closed the connection unexpectedly\n');
        return 2;
      }
      if (!(error instanceof SqlError)) throw error;
      process.stderr.write(`ERROR:  ${error.message}\n`);
      return 1;
    }
  };
  let code = 0;
  for (const command of commands) {
    const { complete, rest } = statements(command);
    for (const sql of [...complete, rest.trim()]) if (sql !== '' && code === 0) code = yield* run(sql);
  }
  if (commands.length > 0) {
    connection.close();
    return code;
  }
  if (process.terminal)
    process.stdout.write(`psql (${connection.version.slice('PostgreSQL '.length)})\nType "help" for help.\n\n`);
  let pending = '';
  for (;;) {
    if (process.terminal) process.stdout.write(`${database}${pending === '' ? '=#' : '-#'} `);
    const line = yield* readLine(process.stdin);
    if (line === undefined || /^\s*(?:\\q|exit|quit)\s*$/.test(line)) break;
    if (pending === '' && line.startsWith('\\')) {
      code = yield* run(line.trim());
      continue;
    }
    const { complete, rest } = statements(`${pending}${line}`);
    pending = rest.trim() === '' ? '' : rest;
    for (const sql of complete) code = yield* run(sql);
  }
  connection.close();
  return process.terminal ? 0 : code;
}

/** pg_isready: 0 accepting, 2 no response. */
function* isReady(process: Process): Coroutine<number> {
  const target = defaults(process);
  const args = process.argv.slice(1);
  for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
    const letter = /^-([hpUdt])/.exec(arg)?.[1];
    const value = () => (arg!.length > 2 ? arg!.slice(2) : (args.shift() ?? ''));
    if (letter === 'h') target.host = value();
    else if (letter === 'p') target.port = Number(value());
    else if (letter !== undefined) value();
  }
  const where = `${target.host === '' ? '/var/run/postgresql' : target.host}:${target.port}`;
  try {
    const host = target.host === '' || target.host === 'localhost' ? '127.0.0.1' : target.host;
    const connection = yield* process.network.connect(host, target.port, 3 * SECOND);
    connection.close();
    process.stdout.write(`${where} - accepting connections\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    process.stdout.write(`${where} - no response\n`);
    return 2;
  }
}

const HOME = '/var/lib/postgresql';
const ON_DEBIAN = debianUsers([`postgres 999 999 ${HOME} /bin/bash`], ['postgres 999', 'ssl-cert 101 postgres']);
const ON_ALPINE = alpineUsers([`postgres 70 70 ${HOME} /bin/sh`], ['postgres 70']);

function release(version: string, tags: readonly string[], alpine: boolean) {
  const server = postgresServer(version);
  const suffix = alpine ? '-alpine' : '';
  return {
    tags: tags.map((tag) => (alpine && tag === 'latest' ? 'alpine' : `${tag}${suffix}`)),
    layers: [
      alpine ? ALPINE_LAYER : DEBIAN_LAYER,
      layer(`postgres ${version}${suffix}`, alpine ? 101 : 120, { files: alpine ? ON_ALPINE : ON_DEBIAN }),
    ],
    entrypoint: ['docker-entrypoint.sh'],
    command: ['postgres'],
    env: { PATH: DEFAULT_PATH, PG_VERSION: version, PGDATA: '/var/lib/postgresql/data' },
    exposedPorts: [PORT],
    stopSignal: 'SIGINT' as const,
    programs: {
      ...(alpine ? ALPINE_PROGRAMS : DEBIAN_PROGRAMS),
      '/usr/local/bin/docker-entrypoint.sh': server,
      '/usr/local/bin/postgres': server,
      '/usr/local/bin/psql': psql,
      '/usr/local/bin/pg_isready': isReady,
    },
  };
}

const VERSIONS: readonly (readonly [version: string, tags: readonly string[]])[] = [
  ['17.5', ['17.5', '17', 'latest']],
  ['16.9', ['16.9', '16']],
  ['15.13', ['15.13', '15']],
  ['14.18', ['14.18', '14']],
  ['13.21', ['13.21', '13']],
];

/** PostgreSQL: a small SQL (create, insert, select, update, delete; no joins), kept in its data directory. */
export const postgres: ImageRepository = {
  name: 'docker.io/library/postgres',
  releases: VERSIONS.flatMap(([version, tags]) => [release(version, tags, false), release(version, tags, true)]),
};
