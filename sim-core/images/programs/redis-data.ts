import { MILLISECOND, SECOND } from '../../engine/index.ts';
import { matchPattern } from '../shell/pattern.ts';

/** What redis answers: text, a number, nothing, a status, an error, or a list of them. */
export type RedisReply =
  | string
  | number
  | null
  | { readonly status: string }
  | { readonly error: string }
  | { readonly list: readonly RedisReply[] };

export interface RedisData {
  entries: Map<string, string | string[] | Map<string, string>>;
  /** Virtual time at which keys vanish. */
  readonly expires: Map<string, number>;
}

const OK = { status: 'OK' };
const WRONG_TYPE = { error: 'WRONGTYPE Operation against a key holding the wrong kind of value' };
const NOT_A_NUMBER = { error: 'ERR value is not an integer or out of range' };
/** Fewest words, the name included. */
const ARITY: Readonly<Record<string, number>> = {
  GET: 2,
  SET: 3,
  SETEX: 4,
  DEL: 2,
  EXISTS: 2,
  INCR: 2,
  DECR: 2,
  INCRBY: 3,
  DECRBY: 3,
  APPEND: 3,
  EXPIRE: 3,
  TTL: 2,
  KEYS: 2,
  TYPE: 2,
  MGET: 2,
  MSET: 3,
  LPUSH: 3,
  RPUSH: 3,
  LPOP: 2,
  RPOP: 2,
  LRANGE: 4,
  LLEN: 2,
  HSET: 4,
  HGET: 3,
  HGETALL: 2,
  HDEL: 3,
  ECHO: 2,
  SELECT: 2,
};

/** Carries out one command. */
export function redisCommand(data: RedisData, words: readonly string[], now: number, version: string): RedisReply {
  const name = (words[0] ?? '').toUpperCase();
  const args = words.slice(1);
  const arity = Object.hasOwn(ARITY, name) ? ARITY[name]! : 1;
  if (words.length < arity) return { error: `ERR wrong number of arguments for '${name.toLowerCase()}' command` };
  for (const [key, time] of data.expires) {
    if (time > now) continue;
    data.expires.delete(key);
    data.entries.delete(key);
  }
  const [key = '', value = ''] = args;
  const entry = data.entries.get(key);
  const text = typeof entry === 'string' || entry === undefined ? entry : undefined;
  const wrong = entry !== undefined && typeof entry !== 'string';
  const list = Array.isArray(entry) ? entry : undefined;
  const hash = entry instanceof Map ? entry : undefined;
  const add = (by: number): RedisReply => {
    if (wrong) return WRONG_TYPE;
    if (!/^-?\d+$/.test(text ?? '0') || !Number.isInteger(by)) return NOT_A_NUMBER;
    const sum = Number(text ?? '0') + by;
    data.entries.set(key, String(sum));
    return sum;
  };
  switch (name) {
    case 'PING':
      return args.length > 0 ? key : { status: 'PONG' };
    case 'ECHO':
      return key;
    case 'SELECT':
      return OK;
    case 'SET': {
      data.entries.set(key, value);
      data.expires.delete(key);
      const ttl = args.findIndex((arg, index) => index > 1 && /^(ex|px)$/i.test(arg));
      if (ttl > 0) data.expires.set(key, now + Number(args[ttl + 1]) * (/ex/i.test(args[ttl]!) ? SECOND : MILLISECOND));
      return OK;
    }
    case 'SETEX':
      data.entries.set(key, args[2]!);
      data.expires.set(key, now + Number(value) * SECOND);
      return OK;
    case 'MSET':
      for (let index = 0; index + 1 < args.length; index += 2) data.entries.set(args[index]!, args[index + 1]!);
      return OK;
    case 'GET':
      return wrong ? WRONG_TYPE : (text ?? null);
    case 'MGET':
      return {
        list: args.map((one) => (typeof data.entries.get(one) === 'string' ? (data.entries.get(one) as string) : null)),
      };
    case 'DEL':
      return args.filter((one) => data.entries.delete(one)).length;
    case 'EXISTS':
      return args.filter((one) => data.entries.has(one)).length;
    case 'INCR':
      return add(1);
    case 'DECR':
      return add(-1);
    case 'INCRBY':
      return add(Number(value));
    case 'DECRBY':
      return add(-Number(value));
    case 'APPEND':
      if (wrong) return WRONG_TYPE;
      data.entries.set(key, (text ?? '') + value);
      return (text ?? '').length + value.length;
    case 'EXPIRE':
      if (entry === undefined) return 0;
      data.expires.set(key, now + Number(value) * SECOND);
      return 1;
    case 'TTL': {
      const time = data.expires.get(key);
      if (entry === undefined) return -2;
      return time === undefined ? -1 : Math.ceil((time - now) / SECOND);
    }
    case 'KEYS':
      return { list: [...data.entries.keys()].filter((one) => matchPattern(key, one)) };
    case 'DBSIZE':
      return data.entries.size;
    case 'TYPE':
      return {
        status: entry === undefined ? 'none' : list !== undefined ? 'list' : hash !== undefined ? 'hash' : 'string',
      };
    case 'FLUSHALL':
    case 'FLUSHDB':
      data.entries.clear();
      data.expires.clear();
      return OK;
    case 'LPUSH':
    case 'RPUSH': {
      if (entry !== undefined && list === undefined) return WRONG_TYPE;
      const items = list ?? [];
      for (const item of args.slice(1)) name === 'LPUSH' ? items.unshift(item) : items.push(item);
      data.entries.set(key, items);
      return items.length;
    }
    case 'LPOP':
    case 'RPOP': {
      if (entry !== undefined && list === undefined) return WRONG_TYPE;
      const item = name === 'LPOP' ? list?.shift() : list?.pop();
      if (list?.length === 0) data.entries.delete(key);
      return item ?? null;
    }
    case 'LLEN':
      return list?.length ?? 0;
    case 'LRANGE': {
      const items = list ?? [];
      const at = (position: number) => (position < 0 ? Math.max(0, items.length + position) : position);
      return { list: items.slice(at(Number(value)), at(Number(args[2])) + 1) };
    }
    case 'HSET': {
      if (entry !== undefined && hash === undefined) return WRONG_TYPE;
      const fields = hash ?? new Map<string, string>();
      let added = 0;
      for (let index = 1; index + 1 < args.length; index += 2) {
        if (!fields.has(args[index]!)) added++;
        fields.set(args[index]!, args[index + 1]!);
      }
      data.entries.set(key, fields);
      return added;
    }
    case 'HGET':
      return hash?.get(value) ?? null;
    case 'HGETALL':
      return { list: [...(hash ?? [])].flat() };
    case 'HDEL':
      return args.slice(1).filter((field) => hash?.delete(field) === true).length;
    case 'INFO':
      return `# Server\r\nredis_version:${version}\r\nredis_mode:standalone\r\n# Keyspace\r\ndb0:keys=${data.entries.size},expires=${data.expires.size}\r\n`;
    case 'COMMAND':
    case 'CLIENT':
    case 'CONFIG':
      return { list: [] };
    default:
      return {
        error: `ERR unknown command '${words[0]}', with args beginning with: ${args.map((arg) => `'${arg}' `).join('')}`,
      };
  }
}
