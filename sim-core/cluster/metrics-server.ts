import type { AnyObject } from '../api/objects.ts';
import { structuralType } from '../api/schema/structural.ts';
import { methodNotSupported, notFound } from '../api/status.ts';
import type { Aggregator } from '../apiserver/aggregation.ts';
import type { ApiRequest, ListResult } from '../apiserver/request.ts';
import { compileSelection } from '../apiserver/selection.ts';
import { type Engine, formatTime, type Micros, SECOND } from '../engine/index.ts';
import type { ImageRepository } from '../images/image.ts';
import type { Program } from '../images/process.ts';
import { accountOf, klog, nodeOf, untilTerminated } from '../network/daemon.ts';
import type { StatsSummary } from '../node/kubelet/stats-summary.ts';
import type { ResourceDefinition } from '../resources/resource.ts';
import { NAME } from '../resources/shared/columns.ts';
import type { Store } from '../store/store.ts';
import { image } from './control-plane.ts';

export const METRICS_SERVER_VERSION = 'v0.7.2';
/** Where it serves, and says whether it is well. */
export const METRICS_SERVER_PORT = 10_250;

const GROUP = 'metrics.k8s.io';
const MEMORY = 30 * 1024 * 1024;
/** `--metric-resolution` of components.yaml. */
const RESOLUTION = 15 * SECOND;

interface Usage {
  readonly cpu: string;
  readonly memory: string;
}

interface Metrics extends AnyObject {
  readonly timestamp: string;
  readonly window: string;
  readonly usage?: Usage;
  readonly containers?: readonly { readonly name: string; readonly usage: Usage }[];
}

const usageColumns = (total: (metrics: Metrics) => Usage): ResourceDefinition['columns'] => [
  NAME,
  { name: 'cpu', value: (object) => total(object as Metrics).cpu },
  { name: 'memory', value: (object) => total(object as Metrics).memory },
  { name: 'window', value: (object) => (object as Metrics).window },
];

const amounts = {
  type: 'object',
  description: 'The memory usage is the memory working set.',
  additionalProperties: { type: 'string' },
};

/** What both kinds say, beside the usage itself. */
function schemaOf(description: string, usage: Record<string, object>) {
  return {
    type: 'object',
    description,
    properties: {
      timestamp: {
        type: 'string',
        format: 'date-time',
        description: 'When the metrics were taken, the end of the window.',
      },
      window: { type: 'string', description: 'How long before the timestamp the window began.' },
      ...usage,
    },
  };
}

const NODE_SCHEMA = schemaOf('NodeMetrics is what a node used in an interval.', { usage: amounts });
const POD_SCHEMA = schemaOf('PodMetrics is what the containers of a pod used in an interval.', {
  containers: {
    type: 'array',
    items: { type: 'object', properties: { name: { type: 'string' }, usage: amounts } },
  },
});

const nodeMetrics: ResourceDefinition = {
  group: GROUP,
  version: 'v1beta1',
  kind: 'NodeMetrics',
  plural: 'nodes',
  singular: '',
  namespaced: false,
  custom: true,
  verbs: ['get', 'list'],
  type: structuralType(GROUP, 'v1beta1', 'NodeMetrics', NODE_SCHEMA),
  schema: NODE_SCHEMA,
  columns: usageColumns(({ usage }) => usage!),
};

const podMetrics: ResourceDefinition = {
  ...nodeMetrics,
  kind: 'PodMetrics',
  plural: 'pods',
  namespaced: true,
  type: structuralType(GROUP, 'v1beta1', 'PodMetrics', POD_SCHEMA),
  schema: POD_SCHEMA,
  columns: usageColumns(({ containers = [] }) => ({
    cpu: `${containers.reduce((sum, { usage }) => sum + Number.parseInt(usage.cpu, 10), 0)}n`,
    memory: `${containers.reduce((sum, { usage }) => sum + Number.parseInt(usage.memory, 10), 0)}Ki`,
  })),
};

const RESOURCES = [nodeMetrics, podMetrics];

/** What of the cluster the metrics server works on. */
export interface MetricsServerParts {
  readonly engine: Engine;
  readonly store: Store;
  readonly aggregator: Aggregator;
  /** What the kubelet of a node says of itself and its pods; undefined when it cannot be reached from that machine. */
  summary(from: string, node: string): StatsSummary | undefined;
}

/** One reading of a counter: when, and how many nanoseconds of CPU by then. */
interface Point {
  readonly at: Micros;
  readonly cpu: number;
  readonly memory: number;
}

/** Two readings one after the other, of which usage is made. */
interface Readings {
  readonly last: Point;
  readonly before?: Point;
}

/**
 * What metrics-server remembers: the last two readings of every node and container. CPU in use is how far the counter went between them, so
 * nothing is known of what was read only once.
 */
class Readout {
  private readonly nodes = new Map<string, Readings>();
  private readonly pods = new Map<string, ReadonlyMap<string, Readings>>();

  take(summary: StatsSummary, at: Micros): void {
    const { node, pods } = summary;
    const note = (had: Readings | undefined, cpu: number, memory: number): Readings => {
      const last = { at, cpu, memory };
      // A counter that went back was that of a container which is no more.
      return had === undefined || cpu < had.last.cpu ? { last } : { last, before: had.last };
    };
    const { usageCoreNanoSeconds } = node.cpu;
    this.nodes.set(
      node.nodeName,
      note(this.nodes.get(node.nodeName), usageCoreNanoSeconds, node.memory.workingSetBytes),
    );
    for (const { podRef, containers } of pods) {
      const key = `${podRef.namespace}/${podRef.name}`;
      const had = this.pods.get(key);
      const readings = containers.map(
        ({ name, cpu, memory }) =>
          [name, note(had?.get(name), cpu.usageCoreNanoSeconds, memory.workingSetBytes)] as const,
      );
      this.pods.set(key, new Map(readings));
    }
  }

  node(name: string): { usage: Usage; last: Point; before: Point } | undefined {
    return usageOf(this.nodes.get(name));
  }

  pod(key: string): { name: string; usage: Usage; last: Point; before: Point }[] | undefined {
    const containers = [...(this.pods.get(key) ?? [])].map(([name, readings]) => ({ name, ...usageOf(readings) }));
    const complete = containers.every(({ usage }) => usage !== undefined);
    return containers.length > 0 && complete ? (containers as ReturnType<Readout['pod']>) : undefined;
  }

  keep(isThere: (key: string) => boolean): void {
    for (const key of this.pods.keys()) if (!isThere(key)) this.pods.delete(key);
  }

  get ready(): boolean {
    return [...this.nodes.values()].some(({ before }) => before !== undefined);
  }
}

function usageOf(readings: Readings | undefined): { usage: Usage; last: Point; before: Point } | undefined {
  if (readings?.before === undefined) return undefined;
  const { last, before } = readings;
  const cores = Math.max(0, Math.round((last.cpu - before.cpu) / ((last.at - before.at) / SECOND)));
  return { usage: { cpu: `${cores}n`, memory: `${Math.round(last.memory / 1024)}Ki` }, last, before };
}

/** The image of metrics-server: reads every kubelet's summary each 15 seconds, and serves metrics.k8s.io. */
export function metricsServerImage(parts: MetricsServerParts): ImageRepository {
  const { engine, store, aggregator } = parts;
  const program: Program = function* metricsServer(process) {
    if (accountOf(process) === undefined) {
      process.stderr.write(`${klog(process, 'E', 'run.go:74')} "command failed" err="no service account token"\n`);
      return 1;
    }
    process.use({ memory: MEMORY, milliCpu: 3 });
    const readout = new Readout();
    const from = nodeOf(process);
    const scrape = () => {
      for (const { metadata } of store.list('nodes')) {
        const summary = parts.summary(from, metadata.name);
        if (summary !== undefined) readout.take(summary, engine.now);
        else
          process.stderr.write(
            `${klog(process, 'E', 'scraper.go:149')} "Failed to scrape node" err="Get \\"https://${metadata.name}:10250/metrics/resource\\": context deadline exceeded" node="${metadata.name}"\n`,
          );
      }
      readout.keep((key) => store.get('pods', key) !== undefined);
    };
    return yield* untilTerminated(process, () => {
      let timer = engine.background(SECOND, function again() {
        scrape();
        timer = engine.background(RESOLUTION, again);
      });
      const withdraw = aggregator.register({
        group: GROUP,
        version: 'v1beta1',
        resources: RESOURCES,
        address: process.network.address,
        handle: (request) => answer(request, readout, store),
      });
      // biome-ignore lint/correctness/useYield: answers at once
      process.network.serveHttp(METRICS_SERVER_PORT, function* health({ path }) {
        const ok = path !== '/readyz' || readout.ready;
        return {
          status: ok ? 200 : 500,
          headers: { 'content-type': 'text/plain' },
          body: ok ? 'ok' : 'no metrics to serve',
        };
      });
      return () => {
        engine.cancel(timer);
        withdraw();
      };
    });
  };
  return image('metrics-server/metrics-server', METRICS_SERVER_VERSION, 19, '/metrics-server', program);
}

function answer(request: ApiRequest, readout: Readout, store: Store): AnyObject | ListResult {
  const { verb, target, name, namespace } = request;
  const { resource } = target;
  const kind = resource === nodeMetrics ? 'nodes' : 'pods';
  const metricsOf = (object: AnyObject): Metrics | undefined => {
    const { metadata } = object;
    const key = kind === 'nodes' ? metadata.name : `${metadata.namespace}/${metadata.name}`;
    const found = kind === 'nodes' ? readout.node(key) : readout.pod(key);
    if (found === undefined) return undefined;
    const { last, before } = Array.isArray(found) ? found[0]! : found;
    const seconds = ((last.at - before.at) / SECOND).toFixed(3).replace(/\.?0+$/, '');
    return {
      kind: resource.kind,
      apiVersion: `${GROUP}/v1beta1`,
      metadata: {
        name: metadata.name,
        ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
        creationTimestamp: formatTime(last.at),
        ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
      },
      timestamp: formatTime(last.at),
      window: `${seconds}s`,
      ...(Array.isArray(found)
        ? { containers: found.map(({ name: container, usage }) => ({ name: container, usage })) }
        : { usage: found.usage }),
    } as unknown as Metrics;
  };
  if (verb === 'get') {
    const object = store.get(kind, namespace === undefined ? name! : `${namespace}/${name}`) as AnyObject | undefined;
    const found = object === undefined ? undefined : metricsOf(object);
    if (found === undefined) throw notFound(resource, name!);
    return found;
  }
  if (verb !== 'list') throw methodNotSupported();
  const selection = compileSelection(request);
  const objects = store.list(kind, namespace === undefined ? '' : `${namespace}/`) as readonly AnyObject[];
  const items = objects.map(metricsOf).filter((one): one is Metrics => one !== undefined && selection.matches(one));
  return { items, resourceVersion: '' };
}
