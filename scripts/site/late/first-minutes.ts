/** What pages do with a cluster before anyone has typed anything, and what is asked of it first. */
import { missedParts } from '../../../sim-core/cluster/packs.ts';
import { SECOND } from '../../../sim-core/engine/index.ts';
import type { FromHost, ToHost } from '../../../sim-core/host/door.ts';
import { GatedDoor } from '../../../sim-core/host/gated-door.ts';
import { builtInResources } from '../../../sim-core/resources/index.ts';

/** The clusters that come up without anything else. */
export const FIRST_CLUSTERS = ['three-workers', 'one-worker', 'two-workers', 'two-control-planes', 'cloud'] as const;

/** How kubectl asks for what it prints, and how everyone else does. */
const ACCEPTS = [
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
  'application/json',
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json',
];
const UP: number = 90 * SECOND;

/** Every path that can be read without knowing a name. */
export function firstReads(): string[] {
  const kinds = builtInResources.flatMap(({ group, version, plural, namespaced }) => {
    const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    return [`${base}/${plural}`, ...(namespaced ? [`${base}/namespaces/kube-system/${plural}`] : []), base];
  });
  return [...new Set([...kinds, '/api', '/apis', '/version', '/healthz', '/readyz', '/livez'])];
}

const request = (id: number, path: string, accept: string, token: string, open = false): ToHost => ({
  type: 'input',
  input: {
    type: open ? 'open' : 'request',
    id,
    request: { method: 'GET', path, headers: { accept, authorization: `Bearer ${token}` } },
  },
});

/** A cluster that is up, and all that it has said. */
export interface Begun {
  readonly door: GatedDoor;
  readonly said: readonly FromHost[];
  readonly token: string;
  /** Lets wall time pass. */
  pass(time: number): void;
}

/** Brings each cluster up and looks at everything in it, while its clock runs. Throws if it needed more than is there. */
export function bringUp(
  clusters: readonly string[] = FIRST_CLUSTERS,
  load: () => Promise<unknown> = () => new Promise(() => {}),
): Begun[] {
  return clusters.map((preset) => {
    const said: FromHost[] = [];
    const timers = new Set<() => void>();
    let wall = 0;
    const problems: unknown[] = [];
    const door = new GatedDoor(
      {
        post: (message) => said.push(message),
        wall: () => wall,
        date: () => 0,
        after(_milliseconds, run) {
          timers.add(run);
          return () => timers.delete(run);
        },
        report: (error) => problems.push(error),
      },
      load,
    );
    const pass = (time: number) => {
      for (let left = time; left > 0; left -= SECOND / 10) {
        wall += SECOND / 10;
        const due = [...timers];
        timers.clear();
        for (const run of due) run();
      }
    };
    door.receive({ type: 'boot', options: { preset, seed: 1 }, speed: 1, settle: preset !== 'one-worker' });
    const booted = said.find((message) => message.type === 'booted');
    if (booted?.type !== 'booted')
      throw new Error(`${preset} did not come up: ${problems.join(', ') || missedParts()}`);
    door.receive({ type: 'watch', on: true });
    pass(UP);
    door.receive({ type: 'input', input: { type: 'note', text: 'kubectl get all' } });
    door.receive({ type: 'input', input: { type: 'file', path: '/home/user/notes', content: 'a note' } });
    let id = 0;
    const cluster = door.host.cluster!;
    for (const path of firstReads()) {
      for (const accept of ACCEPTS) {
        door.receive(request(++id, path, accept, booted.token));
        const last = said.at(-1);
        const body = last?.type === 'output' && last.output.type === 'response' ? last.output.response.body : undefined;
        const { items = [] } = (body ?? {}) as { items?: { metadata?: { name: string; namespace?: string } }[] };
        const named = items.find(({ metadata }) =>
          metadata?.namespace !== undefined ? path.includes('/namespaces/') : metadata !== undefined,
        );
        if (named?.metadata !== undefined)
          door.receive(request(++id, `${path}/${named.metadata.name}`, accept, booted.token));
      }
      door.receive(request(++id, `${path}?watch=true&allowWatchBookmarks=true`, ACCEPTS[0]!, booted.token, true));
      door.receive(
        request(
          ++id,
          `${path}?limit=500&labelSelector=a%3Db&fieldSelector=metadata.name%3Dx`,
          ACCEPTS[0]!,
          booted.token,
        ),
      );
      door.receive(request(++id, `${path}/nothing-of-this-name`, ACCEPTS[0]!, booted.token));
    }
    door.receive(request(++id, '/api/v1/no-such-kind', ACCEPTS[0]!, booted.token));
    pass(UP);
    door.receive({ type: 'log', id: 1 });
    door.receive({ type: 'timeline', id: 2 });
    door.receive({ type: 'look-back', id: 3, from: 1, to: cluster.store.revision - 10 });
    const missed = missedParts();
    if (missed !== undefined) throw new Error(`${preset} needed what comes later: ${missed}`);
    if (problems.length > 0) throw problems[0];
    return { door, said, token: booted.token, pass };
  });
}
