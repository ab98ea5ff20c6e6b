import type { Coroutine } from '../../engine/index.ts';
import { type ImageRepository, layer } from '../image.ts';
import { type Listener, NetworkError, type Process } from '../process.ts';
import { answer, untilSignal } from '../programs/server.ts';
import { DEBIAN_LAYER, DEBIAN_PROGRAMS } from './bases.ts';

/**
 * Servers that manifests of others name, and that only stand in for themselves: they start, say that they are not the real thing, listen at their
 * ports, keep a mark in their data directory, and stop when told.
 */
interface StandIn {
  readonly name: string;
  readonly tags: readonly string[];
  readonly megabytes: number;
  readonly ports: readonly number[];
  /** Ports that answer HTTP, with what. */
  readonly http?: Readonly<Record<number, string>>;
  readonly memory: number;
  readonly data?: string;
  readonly command: readonly string[];
}

function program({ name, ports, http = {}, memory, data }: StandIn) {
  return function* main(process: Process): Coroutine<number> {
    const short = name.slice(name.lastIndexOf('/') + 1);
    process.stdout.write(
      `${short}: a stand-in of sim-core: it listens at ${ports.join(', ')}, and does nothing else\n`,
    );
    if (data !== undefined) {
      process.files.makeDirectory(data, { parents: true });
      const mark = `${data}/.stand-in`;
      const before = process.files.stat(mark) !== undefined;
      process.stdout.write(
        `${short}: ${before ? 'found the data of an earlier run' : 'empty data directory'} in ${data}\n`,
      );
      process.files.write(mark, `${process.network.hostname}\n`);
    }
    process.use({ memory: memory * 1024 * 1024 });
    const listeners: Listener[] = [];
    try {
      for (const port of ports) {
        const body = http[port];
        listeners.push(
          body === undefined
            ? process.network.listen(port, function* serve(connection) {
                while ((yield* connection.read()) !== undefined);
                connection.close();
              })
            : // biome-ignore lint/correctness/useYield: answers at once
              process.network.serveHttp(port, function* page() {
                return answer(process, 200, body, body.startsWith('{') ? { 'content-type': 'application/json' } : {});
              }),
        );
      }
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      process.stderr.write(`${short}: address already in use\n`);
      return 1;
    }
    yield* untilSignal(process, ['SIGTERM', 'SIGINT']);
    for (const listener of listeners) listener.close();
    return 0;
  };
}

const STAND_INS: readonly StandIn[] = [
  {
    name: 'docker.io/library/mongo',
    tags: ['8.0', '8', 'latest', '7.0', '7', '6.0', '6', '5.0', '4.4', '4.2', '4.0'],
    megabytes: 279,
    ports: [27_017],
    memory: 90,
    data: '/data/db',
    command: ['mongod'],
  },
  {
    name: 'docker.io/library/memcached',
    tags: ['1.6', '1', 'latest', '1.6-alpine', 'alpine'],
    megabytes: 31,
    ports: [11_211],
    memory: 4,
    command: ['memcached'],
  },
  {
    name: 'docker.io/library/rabbitmq',
    tags: ['4.1', '4', 'latest', '3.13', '3', 'management', '3-management', '4-management'],
    megabytes: 88,
    ports: [5672, 15_672],
    http: { 15672: 'RabbitMQ Management (stand-in)\n' },
    memory: 120,
    data: '/var/lib/rabbitmq',
    command: ['rabbitmq-server'],
  },
  {
    name: 'docker.io/library/cassandra',
    tags: ['5.0', '5', 'latest', '4.1', '4', '3.11'],
    megabytes: 160,
    ports: [7000, 9042],
    memory: 700,
    data: '/var/lib/cassandra',
    command: ['cassandra'],
  },
  {
    name: 'gcr.io/google-samples/cassandra',
    tags: ['v13', 'v14'],
    megabytes: 95,
    ports: [7000, 9042],
    memory: 500,
    data: '/cassandra_data',
    command: ['/run.sh'],
  },
  {
    name: 'docker.io/library/zookeeper',
    tags: ['3.9', 'latest', '3.8'],
    megabytes: 110,
    ports: [2181, 2888, 3888],
    memory: 120,
    data: '/data',
    command: ['zkServer.sh', 'start-foreground'],
  },
  {
    name: 'registry.k8s.io/kubernetes-zookeeper',
    tags: ['1.0-3.4.10'],
    megabytes: 105,
    ports: [2181, 2888, 3888],
    memory: 120,
    data: '/var/lib/zookeeper',
    command: ['start-zookeeper'],
  },
  {
    name: 'docker.elastic.co/kibana/kibana',
    tags: ['8.18.2', '8.17.0', '7.17.28', '7.17.0'],
    megabytes: 480,
    ports: [5601],
    http: { 5601: 'Kibana (stand-in)\n' },
    memory: 600,
    command: ['/usr/local/bin/kibana-docker'],
  },
  {
    name: 'docker.io/prom/prometheus',
    tags: ['v3.4.1', 'latest', 'v2.53.0'],
    megabytes: 118,
    ports: [9090],
    http: { 9090: 'Prometheus (stand-in)\n' },
    memory: 60,
    data: '/prometheus',
    command: ['/bin/prometheus'],
  },
  {
    name: 'docker.io/grafana/grafana',
    tags: ['12.0.1', 'latest', '11.6.0', '10.4.0'],
    megabytes: 190,
    ports: [3000],
    http: { 3000: 'Grafana (stand-in)\n' },
    memory: 90,
    data: '/var/lib/grafana',
    command: ['/run.sh'],
  },
];

export const standIns: readonly ImageRepository[] = STAND_INS.map((one) => ({
  name: one.name,
  releases: [
    {
      tags: one.tags,
      layers: [DEBIAN_LAYER, layer(one.name, one.megabytes)],
      entrypoint: ['/stand-in'],
      command: one.command,
      exposedPorts: one.ports,
      programs: { ...DEBIAN_PROGRAMS, '/stand-in': program(one) },
    },
  ],
}));
