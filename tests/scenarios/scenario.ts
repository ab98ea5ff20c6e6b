import '../../sim-core/host/programs.ts';
import { parseAllDocuments } from 'yaml';
import { adminToken, type Cluster, type ClusterOptions, createCluster } from '../../sim-core/cluster/cluster.ts';
import { SECOND } from '../../sim-core/engine/index.ts';

/** An object as its JSON; scenarios look at what a learner would look at, without types. */
export interface Thing {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly [field: string]: unknown;
  };
  // biome-ignore lint/suspicious/noExplicitAny: fields of whatever kind it is
  readonly [field: string]: any;
}

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

interface Status {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * A cluster as a lecturer has it on the screen: YAML is applied, time passes, objects, events, logs and answers are looked at. All by the
 * REST door; nothing is reached into.
 */
export class Scenario {
  readonly cluster: Cluster;
  private readonly token: string;

  /** Makes a cluster; with `ready`, its nodes are before anything else happens. */
  constructor(preset: ClusterOptions['preset'] = 'three-workers', options: Partial<ClusterOptions> = {}, ready = true) {
    this.cluster = createCluster({ preset, trace: { level: 'off' }, ...options });
    this.cluster.engine.onFault = (actor, error) => {
      throw new Error(`${actor}: ${error instanceof Error ? error.stack : String(error)}`);
    };
    this.token = adminToken(options.seed ?? 1);
    if (!ready) {
      this.wait(10);
      return;
    }
    const nodes = this.cluster.preset.nodes.length;
    this.until(
      () => this.list('Node').filter((node) => conditionOf(node, 'Ready')?.status === 'True').length === nodes,
      120,
    );
    this.wait(20);
  }

  /** Lets so many seconds pass. */
  wait(seconds: number): void {
    const { engine } = this.cluster;
    engine.runUntil(engine.now + seconds * SECOND);
  }

  /** Lets time pass until something holds; throws when it does not within so many seconds. Answers how many seconds it took. */
  until(holds: () => boolean, seconds = 60): number {
    const { engine } = this.cluster;
    const start = engine.now;
    const end = start + seconds * SECOND;
    while (!holds()) {
      if (engine.now >= end) throw new Error(`it did not come true within ${seconds} s: ${holds}`);
      engine.runUntil(Math.min(end, engine.now + SECOND / 4));
    }
    return (engine.now - start) / SECOND;
  }

  send(method: Method, path: string, body?: unknown, type = 'application/merge-patch+json') {
    return this.cluster.answer({
      method,
      path,
      body,
      headers: {
        authorization: `Bearer ${this.token}`,
        'user-agent': 'scenario',
        ...(method === 'PATCH' ? { 'content-type': type } : {}),
      },
    });
  }

  /** Creates, or replaces by server-side apply, every object of a YAML text. Throws with the server's words when it refuses one. */
  apply(yaml: string, namespace = 'default'): void {
    for (const document of parseAllDocuments(yaml)) {
      const object = document.toJS() as Thing | null;
      if (object === null) continue;
      const path = `${this.path(object.kind, object.metadata.namespace ?? namespace)}/${object.metadata.name}`;
      const query = '?fieldManager=scenario&force=true';
      const answer = this.send('PATCH', `${path}${query}`, object, 'application/apply-patch+yaml');
      if (answer.status >= 300) throw new Error((answer.body as { message?: string }).message ?? String(answer.body));
    }
  }

  /** The object of that kind and name. Throws when there is none. */
  get(kind: string, name: string, namespace = 'default'): Thing {
    const answer = this.send('GET', `${this.path(kind, namespace)}/${name}`);
    if (answer.status !== 200) throw new Error((answer.body as { message?: string }).message ?? `${answer.status}`);
    return answer.body as Thing;
  }

  has(kind: string, name: string, namespace = 'default'): boolean {
    return this.send('GET', `${this.path(kind, namespace)}/${name}`).status === 200;
  }

  list(kind: string, labels = '', namespace = 'default'): Thing[] {
    const answer = this.send('GET', `${this.path(kind, namespace)}?labelSelector=${encodeURIComponent(labels)}`);
    return ((answer.body as { items?: Thing[] }).items ?? []) as Thing[];
  }

  patch(kind: string, name: string, change: unknown, namespace = 'default'): void {
    const answer = this.send('PATCH', `${this.path(kind, namespace)}/${name}`, change);
    if (answer.status >= 300) throw new Error((answer.body as { message?: string }).message);
  }

  delete(kind: string, name: string, options: Record<string, unknown> = {}, namespace = 'default'): void {
    const answer = this.send('DELETE', `${this.path(kind, namespace)}/${name}`, options);
    if (answer.status >= 300) throw new Error((answer.body as { message?: string }).message);
  }

  /** Events about an object, oldest first: `Warning BackOff Back-off restarting …`. */
  events(kind: string, name: string, namespace = 'default'): string[] {
    return this.list('Event', '', namespace)
      .filter(({ involvedObject }) => involvedObject.kind === kind && involvedObject.name === name)
      .sort((a, b) => (firstSeen(a) < firstSeen(b) ? -1 : 1))
      .map(({ type, reason, message }) => `${type} ${reason} ${message}`);
  }

  logs(pod: string, query = '', namespace = 'default'): string {
    return this.stream('GET', `/api/v1/namespaces/${namespace}/pods/${pod}/log${query}`, 60)[1] ?? '';
  }

  /** Runs a command in a pod and waits for its end. */
  exec(pod: string, command: string | readonly string[], container = '', namespace = 'default', limit = 600): Ran {
    const argv = typeof command === 'string' ? ['sh', '-c', command] : command;
    const query = new URLSearchParams({ stdout: 'true', stderr: 'true' });
    if (container !== '') query.set('container', container);
    for (const arg of argv) query.append('command', arg);
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query}`;
    const [, stdout = '', stderr = '', status = ''] = this.stream('POST', path, limit);
    const causes = status === '' ? [] : ((JSON.parse(status) as Status).details?.causes ?? []);
    const failed = status.includes('"Failure"');
    const code = Number(causes.find(({ reason }) => reason === 'ExitCode')?.message ?? (failed ? 1 : 0));
    if (failed && causes.length === 0) throw new Error((JSON.parse(status) as Status).message);
    return { stdout, stderr, code };
  }

  /** What a request that goes on sends on each channel until it ends. Throws with the server's words when it is refused. */
  private stream(method: Method, path: string, limit: number): string[] {
    const output = ['', '', '', ''];
    let ended = false;
    let refused = '';
    const { engine, rest } = this.cluster;
    rest.stream(
      { method, path, headers: { authorization: `Bearer ${this.token}` } },
      {},
      {
        head: ({ status, body }) => {
          if (status >= 300) refused = (body as { message?: string }).message ?? String(body);
        },
        chunk: (chunk) => {
          if (chunk.kind === 'data') output[chunk.channel] += chunk.data;
        },
        end: () => {
          ended = true;
        },
      },
    );
    const end = engine.now + limit * SECOND;
    while (!ended && (engine.nextTime() ?? end) < end) engine.step();
    if (refused !== '') throw new Error(refused);
    if (!ended) throw new Error(`${path} did not end within ${limit} s`);
    return output.map(decode);
  }

  /** What is in the state of a pod's container: `Waiting CrashLoopBackOff`, `Running`, `Terminated Error 1`. */
  state(pod: string, container = '', namespace = 'default'): string {
    const { status } = this.get('Pod', pod, namespace);
    const all = [
      ...(status.initContainerStatuses ?? []),
      ...(status.containerStatuses ?? []),
      ...(status.ephemeralContainerStatuses ?? []),
    ];
    const own = container === '' ? status.containerStatuses?.[0] : all.find(({ name }) => name === container);
    const { running, terminated, waiting } = own?.state ?? {};
    if (running !== undefined) return 'Running';
    if (terminated !== undefined) return `Terminated ${terminated.reason} ${terminated.exitCode}`;
    return waiting === undefined ? '' : `Waiting ${waiting.reason}`;
  }

  isReady(pod: string, namespace = 'default'): boolean {
    return this.has('Pod', pod, namespace) && conditionOf(this.get('Pod', pod, namespace), 'Ready')?.status === 'True';
  }

  untilReady(pod: string, seconds = 90, namespace = 'default'): number {
    return this.until(() => this.isReady(pod, namespace), seconds);
  }

  private path(kind: string, namespace: string): string {
    const found = [...this.cluster.server.resources.all()].find((one) => one.kind === kind);
    if (found === undefined) throw new Error(`no kind ${kind}`);
    const { group, version, plural, namespaced } = found;
    const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    return `${root}/${namespaced ? `namespaces/${namespace}/` : ''}${plural}`;
  }
}

/** When an event was first seen, in seconds; within a second, the order of their names, which carry the time. */
function firstSeen({ metadata, eventTime, firstTimestamp }: Thing): string {
  return `${String(firstTimestamp ?? eventTime).slice(0, 19)} ${metadata.name}`;
}

export function conditionOf(
  object: Thing,
  type: string,
): { status: string; reason?: string; message?: string } | undefined {
  return object.status?.conditions?.find((condition: { type: string }) => condition.type === type);
}

function decode(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
