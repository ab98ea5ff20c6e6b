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

/** The lists of every kind, everywhere and in a namespace. */
const LISTS = builtInResources.flatMap(({ group, version, plural, namespaced }) => {
  const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return [`${base}/${plural}`, ...(namespaced ? [`${base}/namespaces/kube-system/${plural}`] : [])];
});
/** What else kubectl asks for by itself. */
const ABOUT = [
  ...new Set(LISTS.map((path) => path.slice(0, path.indexOf('/', path.indexOf('/v') + 1)))),
  ...['/api', '/apis', '/version', '/healthz', '/readyz', '/livez', '/api/v1/no-such-kind'],
];

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
    const [table = ''] = ACCEPTS;
    let asked = 0;
    const answers = () =>
      said.flatMap((one) => (one.type === 'output' && one.output.type === 'response' ? [one.output.response] : []));
    const read = (path: string, accept: string) => {
      door.receive(request(++asked, path, accept, booted.token));
      return answers().at(-1)?.body as { items?: { metadata: { name: string; namespace?: string } }[] } | undefined;
    };
    for (const path of ABOUT) for (const accept of ACCEPTS) read(path, accept);
    for (const path of LISTS) {
      const [named] = read(path, 'application/json')?.items ?? [];
      const isHere = named !== undefined && (named.metadata.namespace === undefined || path.includes('/namespaces/'));
      for (const accept of ACCEPTS) {
        read(path, accept);
        if (isHere) read(`${path}/${named.metadata.name}`, accept);
        door.receive(request(-1, `${path}?watch=true&allowWatchBookmarks=true`, accept, booted.token, true));
      }
      read(`${path}?limit=500&labelSelector=a%3Db&fieldSelector=metadata.name%3Dx`, table);
      read(`${path}/nothing-of-this-name`, table);
    }
    pass(UP);
    const { revision } = door.host.cluster!.store;
    door.receive({ type: 'log', id: 1 });
    door.receive({ type: 'timeline', id: 2 });
    door.receive({ type: 'look-back', id: 3, from: revision, to: revision - 30 });
    door.receive({ type: 'look-back', id: 4, from: revision - 30, to: revision });
    const missed = missedParts();
    if (missed !== undefined) throw new Error(`${preset} needed what comes later: ${missed}`);
    if (answers().length !== asked) throw new Error(`${preset} answered ${answers().length} of ${asked} requests`);
    for (const kind of ['log', 'timeline', 'look-back', 'frame'] as const)
      if (!said.some(({ type }) => type === kind)) throw new Error(`${preset} never said ${kind}`);
    if (problems.length > 0) throw problems[0];
    return { door, said, token: booted.token, pass };
  });
}
