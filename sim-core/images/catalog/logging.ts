import { type Coroutine, SECOND, suspend } from '../../engine/index.ts';
import { type ImageRepository, layer } from '../image.ts';
import { FileError, type HttpRequest, NetworkError, type Process } from '../process.ts';
import { answer, serveUntilSignal } from '../programs/server.ts';
import { ALPINE_LAYER, ALPINE_PROGRAMS } from './bases.ts';

/** A pipeline of logs: an agent on each node reads the containers' log files, a store keeps them and finds them again. */

const LOGS = '/var/log/containers';
const POLL = 5 * SECOND;
const LINE = /^(\S+) (stdout|stderr) [FP] (.*)$/;
const FILE = /^(.+)_([^_]+)_(.+)-([0-9a-f]{64})\.log$/;

interface LogRecord {
  readonly '@timestamp': string;
  readonly stream: string;
  readonly log: string;
  readonly kubernetes: { readonly pod_name: string; readonly namespace_name: string; readonly container_name: string };
}

/** Records that have come since the last look. `seen` counts the lines read of each file. */
function fresh(process: Process, seen: Map<string, number>): LogRecord[] {
  const records: LogRecord[] = [];
  for (const name of process.files.list(LOGS)) {
    const match = FILE.exec(name);
    // Its own log would be a log of logs of logs.
    if (match === null || match[1] === process.network.hostname) continue;
    let lines: string[];
    try {
      lines = process.files.read(`${LOGS}/${name}`).split('\n').slice(0, -1);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      continue;
    }
    for (const line of lines.slice(seen.get(name) ?? 0)) {
      const [, time = '', stream = '', log = ''] = LINE.exec(line) ?? [];
      const [, pod_name = '', namespace_name = '', container_name = ''] = match;
      records.push({ '@timestamp': time, stream, log, kubernetes: { pod_name, namespace_name, container_name } });
    }
    seen.set(name, lines.length);
  }
  return records;
}

/**
 * A log agent, as fluent-bit and fluentd are: reads /var/log/containers of its node, which must be mounted, and sends what is new to
 * the store that FLUENT_ELASTICSEARCH_HOST and _PORT name; without one, to its own output.
 */
function agent(name: string) {
  return function* main(process: Process): Coroutine<number> {
    const { env } = process;
    const host = env.FLUENT_ELASTICSEARCH_HOST;
    const port = Number(env.FLUENT_ELASTICSEARCH_PORT ?? '9200');
    process.use({ memory: 12 * 1024 * 1024 });
    if (process.files.stat(LOGS)?.kind !== 'directory') {
      process.stderr.write(`[error] [input:tail:tail.0] ${LOGS} is not there: is the node's /var/log mounted?\n`);
    }
    process.stderr.write(`[ info] [${name}] a stand-in of sim-core, which reads ${LOGS}\n`);
    const seen = new Map<string, number>();
    let waiting: LogRecord[] = [];
    let told = false;
    let stopped = false;
    let wake: (() => void) | undefined;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.onSignal(signal, () => {
        stopped = true;
        wake?.();
      });
    }
    while (!stopped) {
      if (process.files.stat(LOGS)?.kind === 'directory') waiting.push(...fresh(process, seen));
      if (host === undefined) {
        for (const record of waiting.splice(0)) process.stdout.write(`${JSON.stringify(record)}\n`);
      } else if (waiting.length > 0) {
        const body = waiting.map((record) => `{"index":{"_index":"logstash"}}\n${JSON.stringify(record)}\n`).join('');
        try {
          const { status } = yield* process.network.http(
            host,
            port,
            { method: 'POST', path: '/_bulk', body },
            10 * SECOND,
          );
          if (status < 300) waiting = [];
          told = false;
        } catch (error) {
          if (!(error instanceof NetworkError)) throw error;
          // What could not be sent is kept, and sent later.
          if (!told)
            process.stderr.write(`[ warn] [output:es:es.0] could not connect to ${host}:${port}: ${error.message}\n`);
          told = true;
        }
      }
      if (stopped) break;
      yield* suspend<void>((resume, _fail, engine) => {
        const timer = engine.background(POLL, resume);
        wake = resume;
        return () => engine.cancel(timer);
      });
    }
    return 0;
  };
}

const DATA = '/usr/share/elasticsearch/data/logstash.ndjson';

/** A store of documents: takes them by `/_bulk`, keeps them in its data directory, finds them by `/_search?q=text`. */
function* store(process: Process): Coroutine<number> {
  process.use({ memory: 700 * 1024 * 1024 });
  const documents: string[] = [];
  try {
    if (process.files.stat(DATA) !== undefined)
      documents.push(
        ...process.files
          .read(DATA)
          .split('\n')
          .filter((line) => line !== ''),
      );
    process.files.makeDirectory(DATA.slice(0, DATA.lastIndexOf('/')), { parents: true });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    process.stderr.write(`failed to obtain node locks, tried [${DATA}]: ${error.message}\n`);
    return 1;
  }
  process.stdout.write('elasticsearch: a stand-in of sim-core: _bulk, _search?q=, _count and _cat/indices\n');
  const json = (body: unknown) =>
    answer(process, 200, `${JSON.stringify(body)}\n`, { 'content-type': 'application/json' });
  const found = (path: string) => {
    const text = /[?&]q=([^&]*)/.exec(path)?.[1] ?? '*';
    const words = decodeURIComponent(text.replaceAll('+', ' ')).replace(/^\w+:/, '').toLowerCase();
    return words === '*' ? documents : documents.filter((one) => one.toLowerCase().includes(words));
  };
  return yield* serveUntilSignal(
    process,
    9200,
    function* handle({ method, path, body }: HttpRequest) {
      if (path.startsWith('/_bulk') && method === 'POST') {
        const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('{"index"'));
        documents.push(...lines);
        process.files.write(DATA, lines.map((line) => `${line}\n`).join(''), { append: true });
        return json({ errors: false, items: lines.length });
      }
      if (path.includes('/_search')) {
        const hits = found(path);
        return json({
          hits: {
            total: { value: hits.length },
            hits: hits.slice(-10).map((one) => ({ _source: JSON.parse(one) as unknown })),
          },
        });
      }
      if (path.includes('/_count')) return json({ count: found(path).length });
      if (path.startsWith('/_cat/indices'))
        return answer(process, 200, `green open logstash 1 0 ${documents.length}\n`);
      return json({ name: process.network.hostname, tagline: 'You Know, for Search', version: { number: '8.18.2' } });
    },
    () => 0,
  );
}

function image(
  name: string,
  tags: readonly string[],
  megabytes: number,
  path: string,
  program: (process: Process) => Coroutine<number>,
): ImageRepository {
  return {
    name,
    releases: [
      {
        tags,
        layers: [ALPINE_LAYER, layer(name, megabytes)],
        entrypoint: [path],
        programs: { ...ALPINE_PROGRAMS, [path]: program },
      },
    ],
  };
}

export const logging: readonly ImageRepository[] = [
  image(
    'docker.io/fluent/fluent-bit',
    ['4.0.3', '4.0', '3.2', '2.2', 'latest'],
    31,
    '/fluent-bit/bin/fluent-bit',
    agent('fluent-bit'),
  ),
  image('docker.io/fluent/fluentd', ['v1.18', 'v1.16', 'latest', 'edge'], 46, '/bin/fluentd', agent('fluentd')),
  image(
    'docker.io/fluent/fluentd-kubernetes-daemonset',
    ['v1-debian-elasticsearch', 'v1.16-debian-elasticsearch7-1', 'v1.18-debian-elasticsearch8-1'],
    85,
    '/fluentd/entrypoint.sh',
    agent('fluentd'),
  ),
  image(
    'quay.io/fluentd_elasticsearch/fluentd',
    ['v2.5.2', 'v5.0.1', 'v4.7.2'],
    82,
    '/entrypoint.sh',
    agent('fluentd'),
  ),
  image(
    'docker.elastic.co/elasticsearch/elasticsearch',
    ['8.18.2', '8.17.0', '7.17.28', '7.17.0'],
    640,
    '/bin/eswrapper',
    store,
  ),
  image('docker.io/library/elasticsearch', ['8.18.2', '8.17.0', '7.17.28', '7.17.0'], 640, '/bin/eswrapper', store),
];
