import type { KubeObject, Pod } from '../../api/objects.ts';
import type { RestRequest, RestResponse } from '../../client/rest.ts';
import type { ResourceDefinition } from '../../resources/resource.ts';
import { type ClusterSnapshot, explainScheduling } from '../../scheduler/index.ts';
import { DurationError, parseDuration } from './duration.ts';
import type { HttpCluster } from './http-cluster.ts';

export interface OwnEndpoints {
  readonly cluster: HttpCluster;
  readonly token: string;
}

const json = (status: number, body: unknown): RestResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body,
});
const problem = (status: number, message: string): RestResponse => json(status, { error: message });

/** Answers what is not Kubernetes: the clock, the session's log, and node ports as seen from outside. */
export function answerOwn(own: OwnEndpoints, request: RestRequest): RestResponse {
  const [path = '', query = ''] = request.path.split('?', 2);
  const nodePort = /^\/__jotasu\/nodeport\/(\d{1,5})(\/.*)?$/.exec(path);
  if (nodePort !== null) {
    const [, port, rest = '/'] = nodePort;
    return askNodePort(own, request, Number(port), query === '' ? rest : `${rest}?${query}`);
  }
  if (request.headers?.authorization !== `Bearer ${own.token}`)
    return problem(401, "this needs the administrator's token, which is in the kubeconfig");
  if (path === '/__jotasu/time') return time(own, request);
  if (path === '/__jotasu/log' && request.method === 'GET') return json(200, own.cluster.log());
  if (path === '/__jotasu/explain-scheduling' && request.method === 'GET') return explain(own, query);
  if (path === '/__jotasu/components') return components(own, request);
  if (path === '/__jotasu/note' && request.method === 'POST') return note(own, request);
  return problem(404, `there is no ${path}`);
}

/** The most of a command line that is kept. */
const MOST_NOTED = 4096;

/** Takes the command line that the requests after it come from: a remark in the log. */
function note({ cluster }: OwnEndpoints, { body }: RestRequest): RestResponse {
  const text = String(body).slice(0, MOST_NOTED);
  cluster.clock(undefined);
  cluster.session.apply({ type: 'note', text });
  return json(200, {});
}

/** Tells of components that are the user's own; a POST puts a source in a place, or with null gives it back. */
function components({ cluster }: OwnEndpoints, { method, body }: RestRequest): RestResponse {
  if (method !== 'GET' && method !== 'POST') return problem(405, 'GET tells of components, POST replaces one');
  if (method === 'POST') {
    let asked: { name?: unknown; source?: unknown; file?: unknown };
    try {
      asked = JSON.parse(String(body)) as typeof asked;
    } catch {
      return problem(400, 'the body is not JSON');
    }
    const { name, source, file = 'component.ts' } = asked ?? {};
    if (typeof name !== 'string' || typeof file !== 'string' || (source !== null && typeof source !== 'string'))
      return problem(400, 'a component has a name, and a source or null');
    // Its input stands at the time of the wall clock, and what follows from it is not waited for.
    cluster.clock(undefined);
    cluster.session.apply({ type: 'component', name, source, file });
    cluster.clock(undefined);
  }
  return json(200, cluster.session.cluster.components.list());
}

function explain({ cluster }: OwnEndpoints, query: string): RestResponse {
  const asked = new URLSearchParams(query);
  const { store } = cluster.session.cluster;
  const key = `${asked.get('namespace') ?? 'default'}/${asked.get('pod') ?? ''}`;
  const pod = store.get('pods', key);
  if (pod === undefined) return problem(404, `there is no pod ${key}`);
  const snapshot: ClusterSnapshot = {
    list: <T extends KubeObject>({ group, plural }: ResourceDefinition<T>) =>
      store.list(group === '' ? plural : `${plural}.${group}`) as unknown as T[],
  };
  return json(200, explainScheduling(snapshot, pod as unknown as Pod));
}

function time({ cluster }: OwnEndpoints, { method, body }: RestRequest): RestResponse {
  if (method === 'GET') return json(200, cluster.clock(undefined));
  if (method !== 'POST') return problem(405, 'GET tells the time, POST changes it');
  let asked: { action?: unknown; by?: unknown; speed?: unknown };
  try {
    asked = JSON.parse(String(body)) as typeof asked;
  } catch {
    return problem(400, 'the body is not JSON');
  }
  switch (asked?.action) {
    case 'pause':
    case 'resume':
    case 'settle':
      return json(200, cluster.clock({ type: asked.action }));
    case 'advance':
      try {
        return json(200, cluster.clock({ type: 'advance', by: parseDuration(String(asked.by)) }));
      } catch (error) {
        if (error instanceof DurationError) return problem(400, error.message);
        throw error;
      }
    case 'speed':
      return speed(cluster, asked.speed);
    default:
      return problem(400, 'action must be one of settle, advance, pause, resume, speed');
  }
}

function speed(cluster: HttpCluster, asked: unknown): RestResponse {
  const value = asked === 'max' ? 'max' : Number(asked);
  if (value !== 'max' && !(value > 0 && value <= 1000)) {
    return problem(400, 'a speed is a number above 0, at most 1000, or max');
  }
  return json(200, cluster.clock({ type: 'speed', speed: value }));
}

/** Headers that belong to a connection, not to what is sent over it. */
const HOP_HEADERS = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'content-length', 'te']);

function askNodePort({ cluster }: OwnEndpoints, request: RestRequest, port: number, path: string): RestResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    // The administrator's token is no business of a program in the cluster.
    if (!HOP_HEADERS.has(name) && name !== 'authorization') headers[name] = value;
  }
  headers.host = `localhost:${port}`;
  const answered = cluster.askNodePort(port, {
    method: request.method,
    path,
    headers,
    body: request.body === undefined ? '' : String(request.body),
  });
  if ('error' in answered) {
    return {
      status: 502,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: `node port ${port}: ${answered.error}\n`,
    };
  }
  const passed = Object.entries(answered.headers)
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => !HOP_HEADERS.has(name));
  return {
    status: answered.status,
    headers: { 'content-type': 'text/plain', ...Object.fromEntries(passed) },
    body: Buffer.from(answered.body),
  };
}
