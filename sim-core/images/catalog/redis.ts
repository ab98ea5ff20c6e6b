import { type Coroutine, civilTime, MILLISECOND, monthName, SECOND } from '../../engine/index.ts';
import { DEFAULT_PATH, type ImageRepository, layer } from '../image.ts';
import { readLine } from '../pipe.ts';
import { NetworkError, type Process } from '../process.ts';
import { type RedisData, type RedisReply, redisCommand } from '../programs/redis-data.ts';
import { flag, untilSignal } from '../programs/server.ts';
import { ALPINE_LAYER, ALPINE_PROGRAMS, DEBIAN_LAYER, DEBIAN_PROGRAMS } from './bases.ts';
import { alpineUsers, debianUsers } from './users.ts';

const VERSION = '8.0.3';
const BUILD = 'a8dbf9afd8e0c42a';
const MEMORY = 4 * 1024 * 1024;
const DUMP = '/data/dump.rdb';
const WRITES = new Set(
  'SET SETEX MSET DEL INCR DECR INCRBY DECRBY APPEND LPUSH RPUSH LPOP RPOP HSET HDEL FLUSHALL FLUSHDB'.split(' '),
);

function stamp(now: number): string {
  const t = civilTime(now);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(t.day)} ${monthName(t.month)} ${t.year} ${two(t.hour)}:${two(t.minute)}:${two(t.second)}.${String(Math.floor(t.microsecond / MILLISECOND)).padStart(3, '0')}`;
}

/** A reply in RESP, redis' wire protocol. */
function encode(reply: RedisReply): string {
  if (reply === null) return '$-1\r\n';
  if (typeof reply === 'number') return `:${reply}\r\n`;
  if (typeof reply === 'string') return `$${reply.length}\r\n${reply}\r\n`;
  if ('error' in reply) return `-${reply.error}\r\n`;
  if ('status' in reply) return `+${reply.status}\r\n`;
  return `*${reply.list.length}\r\n${reply.list.map(encode).join('')}`;
}

/** Takes one command off a buffer: RESP arrays or inline words. `undefined` when it is not yet whole. */
function takeCommand(buffer: string): { words: string[]; rest: string } | undefined {
  if (!buffer.startsWith('*')) {
    const end = buffer.indexOf('\n');
    return end < 0 ? undefined : { words: buffer.slice(0, end).trim().split(/\s+/), rest: buffer.slice(end + 1) };
  }
  let at = buffer.indexOf('\r\n');
  if (at < 0) return undefined;
  const count = Math.min(1024, Number(buffer.slice(1, at)));
  at += 2;
  const words: string[] = [];
  for (let index = 0; index < count; index++) {
    const end = buffer.indexOf('\r\n', at);
    if (end < 0) return undefined;
    const length = Number(buffer.slice(at + 1, end));
    if (!(length >= 0) || buffer.length < end + 2 + length + 2) return undefined;
    words.push(buffer.slice(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
  return { words, rest: buffer.slice(at) };
}

type Saved = [key: string, value: string | string[] | { hash: [string, string][] }];

function restored(saved: readonly Saved[]): RedisData['entries'] {
  return new Map(
    saved.map(([key, value]) => [key, typeof value === 'object' && 'hash' in value ? new Map(value.hash) : value]),
  );
}

/**
 * redis-server: strings, lists and hashes in memory; kept in /data when it stops in good order, and with
 * `--appendonly yes` however it ends.
 */
function* server(process: Process): Coroutine<number> {
  const { pid } = process;
  if (/^(-v|--version)$/.test(process.argv[1] ?? '')) {
    process.stdout.write(`Redis server v=${VERSION} sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=${BUILD}\n`);
    return 0;
  }
  const port = Number(flag(process.argv, 'port') ?? '6379');
  const log = (role: string, mark: string, text: string) =>
    process.stdout.write(`${pid}:${role} ${stamp(process.now())} ${mark} ${text}\n`);
  const password = flag(process.argv, 'requirepass');
  const appends = flag(process.argv, 'appendonly') === 'yes';
  // As its own defaults have it: a snapshot when it is told to stop, unless `--save ""`.
  const keeps = appends || flag(process.argv, 'save') !== '';
  log('C', '*', 'oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo');
  log('C', '*', `Redis version=${VERSION}, bits=64, commit=00000000, modified=0, pid=${pid}, just started`);
  const data: RedisData = { entries: new Map(), expires: new Map() };
  if (process.files.stat(DUMP) !== undefined) {
    const saved: unknown = JSON.parse(process.files.read(DUMP));
    if (Array.isArray(saved)) data.entries = restored(saved as Saved[]);
  }
  const save = () =>
    process.files.write(
      DUMP,
      JSON.stringify(
        [...data.entries].map(([key, value]) => [key, value instanceof Map ? { hash: [...value] } : value]),
      ),
    );
  try {
    process.network.listen(port, function* serve(connection) {
      let buffer = '';
      let allowed = password === undefined;
      for (let text = yield* connection.read(); text !== undefined; text = yield* connection.read()) {
        buffer += text;
        for (let command = takeCommand(buffer); command !== undefined; command = takeCommand(buffer)) {
          buffer = command.rest;
          const name = (command.words[0] ?? '').toUpperCase();
          if (name === '') continue;
          let reply: RedisReply;
          if (name === 'AUTH') {
            allowed = command.words.at(-1) === password;
            reply = allowed
              ? { status: 'OK' }
              : { error: 'WRONGPASS invalid username-password pair or user is disabled.' };
          } else if (name === 'QUIT') {
            connection.write('+OK\r\n');
            connection.close();
            return;
          } else if (!allowed) reply = { error: 'NOAUTH Authentication required.' };
          else if (name === 'SAVE') {
            save();
            reply = { status: 'OK' };
          } else {
            reply = redisCommand(data, command.words, process.now(), VERSION);
            if (appends && WRITES.has(name)) save();
          }
          connection.write(encode(reply));
        }
      }
      connection.close();
    });
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    log('M', '#', `Warning: Could not create server TCP listening socket *:${port}: bind: Address already in use`);
    log('M', '#', 'Failed listening on port 6379 (tcp), aborting.');
    return 1;
  }
  process.use({ memory: MEMORY });
  log('M', '*', 'Server initialized');
  log('M', '*', 'Ready to accept connections tcp');
  yield* untilSignal(process, ['SIGTERM', 'SIGINT']);
  log('M', '*', 'User requested shutdown...');
  if (keeps) {
    log('M', '*', 'Saving the final RDB snapshot before exiting.');
    save();
  }
  log('M', '#', 'Redis is now ready to exit, bye bye...');
  return 0;
}

/** Writes a reply as redis-cli does at a terminal (`raw` is when its output is not one). */
function show(reply: RedisReply, raw: boolean, indent = ''): string {
  if (reply === null) return raw ? '\n' : '(nil)\n';
  if (typeof reply === 'number') return raw ? `${reply}\n` : `(integer) ${reply}\n`;
  if (typeof reply === 'string') return raw ? `${reply}\n` : `${JSON.stringify(reply)}\n`;
  if ('error' in reply) return raw ? `${reply.error}\n` : `(error) ${reply.error}\n`;
  if ('status' in reply) return `${reply.status}\n`;
  if (reply.list.length === 0) return raw ? '\n' : '(empty array)\n';
  return reply.list
    .map((item, index) =>
      raw ? show(item, raw) : `${index > 0 ? indent : ''}${index + 1}) ${show(item, raw, `${indent}   `)}`,
    )
    .join('');
}

/** Takes one reply off a buffer. `undefined` when it is not yet whole. */
function takeReply(buffer: string): { reply: RedisReply; rest: string } | undefined {
  const end = buffer.indexOf('\r\n');
  if (end < 0) return undefined;
  const line = buffer.slice(1, end);
  const rest = buffer.slice(end + 2);
  switch (buffer[0]) {
    case '+':
      return { reply: { status: line }, rest };
    case '-':
      return { reply: { error: line }, rest };
    case ':':
      return { reply: Number(line), rest };
    case '$': {
      const length = Number(line);
      if (length < 0) return { reply: null, rest };
      return rest.length < length + 2 ? undefined : { reply: rest.slice(0, length), rest: rest.slice(length + 2) };
    }
    default: {
      const list: RedisReply[] = [];
      let left = rest;
      for (let count = Number(line); count > 0; count--) {
        const item = takeReply(left);
        if (item === undefined) return undefined;
        list.push(item.reply);
        left = item.rest;
      }
      return { reply: { list }, rest: left };
    }
  }
}

function* client(process: Process): Coroutine<number> {
  const args = process.argv.slice(1);
  let host = '127.0.0.1';
  let port = 6379;
  let password = process.env.REDISCLI_AUTH;
  while (args[0]?.startsWith('-') === true) {
    const option = args.shift();
    if (option === '-v' || option === '--version') {
      process.stdout.write(`redis-cli ${VERSION}\n`);
      return 0;
    }
    if (option === '-h') host = args.shift() ?? host;
    else if (option === '-p') port = Number(args.shift());
    else if (option === '-a') password = args.shift();
    else if (option !== '--raw' && option !== '--no-auth-warning') {
      process.stderr.write(`Unrecognized option or bad number of args for: '${option}'\n`);
      return 1;
    }
  }
  let buffer = '';
  try {
    const connection = yield* process.network.connect(host, port, 5 * SECOND);
    const ask = function* (words: readonly string[]): Coroutine<RedisReply> {
      connection.write(`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`);
      for (;;) {
        const taken = takeReply(buffer);
        if (taken !== undefined) {
          buffer = taken.rest;
          return taken.reply;
        }
        const text = yield* connection.read();
        if (text === undefined) return { error: 'Server closed the connection' };
        buffer += text;
      }
    };
    if (password !== undefined && password !== '') yield* ask(['AUTH', password]);
    if (args.length > 0) {
      const reply = yield* ask(args);
      process.stdout.write(show(reply, !process.terminal));
      connection.close();
      return reply !== null && typeof reply === 'object' && 'error' in reply ? 1 : 0;
    }
    for (;;) {
      if (process.terminal) process.stdout.write(`${host}:${port}> `);
      const line = yield* readLine(process.stdin);
      if (line === undefined || /^\s*(exit|quit)\s*$/i.test(line)) break;
      const words = (line.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^(['"])(.*)\1$/, '$2'));
      if (words.length > 0) process.stdout.write(show(yield* ask(words), !process.terminal));
    }
    connection.close();
    return 0;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    const reason =
      error.code === 'ENOTFOUND'
        ? 'Name or service not known'
        : error.code === 'ETIMEDOUT'
          ? 'Connection timed out'
          : 'Connection refused';
    process.stderr.write(`Could not connect to Redis at ${host}:${port}: ${reason}\n`);
    return 1;
  }
}

const common = {
  entrypoint: [],
  command: ['redis-server'],
  env: { PATH: DEFAULT_PATH, REDIS_VERSION: VERSION },
  workingDir: '/data',
  exposedPorts: [6379],
};
const programs = { '/usr/local/bin/redis-server': server, '/usr/local/bin/redis-cli': client };
const USER = '/data /usr/sbin/nologin';
const onDebian = { files: { '/data/': '', ...debianUsers([`redis 999 999 ${USER}`], ['redis 999']) } };
const onAlpine = { files: { '/data/': '', ...alpineUsers([`redis 999 1000 ${USER}`], ['redis 1000']) } };

/** redis, on Debian and on Alpine. */
export const redis: ImageRepository = {
  name: 'docker.io/library/redis',
  releases: [
    {
      ...common,
      tags: [VERSION, '8.0', '8', 'latest', '7.4', '7.2', '7.0', '7', '6.2', '6', '5'],
      layers: [DEBIAN_LAYER, layer(`redis ${VERSION}`, 21.4, onDebian)],
      programs: { ...DEBIAN_PROGRAMS, ...programs },
    },
    {
      ...common,
      tags: [
        `${VERSION}-alpine`,
        '8-alpine',
        'alpine',
        '7-alpine',
        '7.4-alpine',
        '7.2-alpine',
        '7.0-alpine',
        '6-alpine',
        '6.2-alpine',
        'bookworm',
        '7-bookworm',
      ],
      layers: [ALPINE_LAYER, layer(`redis ${VERSION}-alpine`, 14.1, onAlpine)],
      programs: { ...ALPINE_PROGRAMS, ...programs },
    },
  ],
};
