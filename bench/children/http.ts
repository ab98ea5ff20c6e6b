/**
 * Throughput over HTTP with 16 connections, as JSON: operations per second by the wall clock, and beside it (`…Cpu`) microseconds of the
 * server's processor time for each, which other work on the machine does not change. The client is a process of its own.
 */
import { fork } from 'node:child_process';
import { connect } from 'node:net';
import { adminToken } from '../../sim-core/cluster/cluster.ts';
import { openHttpDoor } from '../../sim-core/host/http/http-door.ts';
import { ServedCluster } from '../../sim-core/host/http/served-cluster.ts';

const CONNECTIONS = 16;
const MAPS = '/api/v1/namespaces/default/configmaps';
const LISTED = 3500;

interface Work {
  readonly kind: 'create' | 'get' | 'list';
  readonly count: number;
  readonly round: number;
}

/** One keep-alive connection that asks again as soon as it is answered. */
class Connection {
  private readonly socket;
  private rest: Buffer = Buffer.alloc(0);
  private wanted = -1;
  private answered: (() => void) | undefined;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.on('data', (data) => this.take(data));
  }

  ask(method: string, path: string, body = ''): Promise<void> {
    const head = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    return new Promise((resolve) => {
      this.answered = resolve;
      this.socket.write(head + body);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private take(data: Buffer): void {
    if (this.wanted < 0) {
      this.rest = this.rest.length === 0 ? data : Buffer.concat([this.rest, data]);
      const end = this.rest.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = this.rest.toString('latin1', 0, end);
      if (!/^HTTP\/1\.1 20/.test(head)) throw new Error(this.rest.toString());
      this.wanted = Number(/content-length: (\d+)/i.exec(head)![1]) - (this.rest.length - end - 4);
    } else this.wanted -= data.length;
    if (this.wanted > 0) return;
    this.wanted = -1;
    this.rest = Buffer.alloc(0);
    this.answered!();
  }
}

function pathOf({ kind, round }: Work, index: number): [method: string, path: string, body?: string] {
  if (kind === 'list') return ['GET', MAPS];
  if (kind === 'get') return ['GET', `${MAPS}/x-0-${index % (LISTED / 5)}`];
  const metadata = { name: `x-${round}-${index}` };
  return [
    'POST',
    MAPS,
    JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { color: 'blue', size: '3' } }),
  ];
}

async function client(port: number): Promise<void> {
  const connections = Array.from({ length: CONNECTIONS }, () => new Connection(port));
  const run = async (work: Work) => {
    let next = 0;
    const start = performance.now();
    await Promise.all(
      connections.slice(0, work.kind === 'list' ? 1 : CONNECTIONS).map(async (connection) => {
        for (let index = next++; index < work.count; index = next++) await connection.ask(...pathOf(work, index));
      }),
    );
    process.send!(performance.now() - start);
  };
  process.on('message', (message) => {
    if (message === 'end') {
      for (const connection of connections) connection.close();
      process.disconnect();
    } else void run(message as Work);
  });
  process.send!('ready');
}

async function server(): Promise<void> {
  const cluster = new ServedCluster({
    cluster: { preset: 'lab', seed: 1, trace: { level: 'off' } },
    speed: 1,
    report: (actor, error) => {
      throw new Error(actor, { cause: error });
    },
  });
  const door = await openHttpDoor({ cluster, token: adminToken(1) }, 0);
  const child = fork(process.argv[1]!, [String(door.port)]);
  const heard = () => new Promise<unknown>((resolve) => child.once('message', resolve));
  await heard();
  const results: Record<string, number> = {};
  const measure = async (name: string, kind: Work['kind'], count: number, rounds: number, from = 0) => {
    const rates: number[] = [];
    const costs: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const before = process.cpuUsage();
      child.send({ kind, count, round: from + round } satisfies Work);
      const milliseconds = (await heard()) as number;
      const { user, system } = process.cpuUsage(before);
      rates.push(kind === 'list' ? milliseconds / count : (count / milliseconds) * 1000);
      costs.push((user + system) / count);
    }
    const median = (list: number[]) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]!;
    // The first round warms up.
    if (name === 'first') return;
    results[name] = median(rates.slice(1));
    results[`${name}Cpu`] = median(costs.slice(1));
  };
  await measure('first', 'create', LISTED / 5, 5);
  await measure('list', 'list', 20, 4);
  await measure('gets', 'get', 10_000, 4);
  await measure('creates', 'create', 4000, 5, 5);
  child.send('end');
  await door.close();
  cluster.close();
  process.stdout.write(JSON.stringify(results));
}

const port = Number(process.argv[2] ?? 0);
await (port === 0 ? server() : client(port));
