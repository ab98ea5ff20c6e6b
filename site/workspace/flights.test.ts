import '../../sim-core/host/programs.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { carryOut, startExercise } from '../../grading/walkthrough.ts';
import type { TraceEvent } from '../../sim-core/engine/index.ts';
import { type Flight, Flights } from './flights.ts';
import { Mirror } from './mirror.ts';

type Local = ReturnType<typeof startExercise>;
let local: Local;
let services: Mirror;

/** The packets that commands cause, and what the page knows of the cluster then. */
async function packetsOf(...steps: (string | { wait: number })[]): Promise<TraceEvent[]> {
  const { engine } = local.session.cluster;
  const before = engine.trace.lastId;
  await carryOut(local, { steps, files: {} } as never);
  services = new Mirror();
  for (const table of ['pods', 'nodes', 'services']) {
    for (const object of local.session.cluster.store.list(table)) {
      const { namespace, name } = object.metadata;
      const key = namespace === undefined ? name : `${namespace}/${name}`;
      services.apply({ type: 'ADDED', table, key, object });
    }
  }
  return engine.trace.since(before).filter(({ kind }) => kind === 'packet') as TraceEvent[];
}

const fly = (events: TraceEvent[], flights = new Flights(), now = 1000, speed: 1 | 'max' = 1): Flight[] =>
  flights.take({ events, speed }, services, now);
const uid = (name: string) => services.get('services', `default/${name}`)!.metadata.uid;

beforeAll(async () => {
  local = startExercise({ cluster: { preset: 'three-workers', setup: [] } } as never, 7);
  await packetsOf(
    'kubectl run web --image=nginx:1.27 --overrides=\'{"spec":{"nodeName":"worker-2","containers":[{"name":"web","image":"nginx:1.27","readinessProbe":{"httpGet":{"port":80}}}]}}\' --labels=app=web',
    'kubectl expose pod web --port=80 --type=NodePort',
    'kubectl run box --image=busybox:1.36 --overrides=\'{"spec":{"nodeName":"worker-1"}}\' -- sleep 3600',
    { wait: 40 },
  );
});

describe('a request of a pod to a Service', () => {
  let events: TraceEvent[];
  let way: Flight[];
  beforeAll(async () => {
    events = await packetsOf('kubectl exec box -- wget -qO- web');
    way = fly(events);
  });

  it('asks for the name first, then goes from pod to pod by their nodes', () => {
    const last = way.at(-1)!;
    expect(last).toMatchObject({
      about: 'GET /',
      name: false,
      outcome: 'delivered',
      stops: ['pod/default/box', 'node/worker-1', 'node/worker-2', 'pod/default/web'],
    });
    const question = way.find(({ name }) => name)!;
    expect(question.about).toBe('A web.default.svc.cluster.local.');
    expect(last.start).toBeGreaterThanOrEqual(question.start + question.travel);
  });

  it('is for the Service until its own node rewrites the address', () => {
    expect(way.at(-1)).toMatchObject({ service: uid('web'), rewritten: 1 });
  });

  it('lies there at once where nothing may move, and is gone after a while', () => {
    const still = Object.assign(new Flights(), { still: true });
    const [flight] = fly(events, still).slice(-1);
    expect(flight).toMatchObject({ travel: 0 });
    expect(flight!.end - flight!.start).toBeGreaterThan(1500);
  });

  it('hurries with the clock, and can still be seen', () => {
    const [quick] = fly(events, new Flights(), 1000, 'max').slice(-1);
    expect(quick!.travel).toBeLessThan(way.at(-1)!.travel / 3);
    expect(quick!.travel).toBeGreaterThan(200);
  });

  it('is one of many where many ask the same', () => {
    const flights = new Flights();
    const first = fly(events, flights).at(-1)!;
    expect(fly(events, flights)).toEqual([]);
    expect(first.count).toBe(2);
    expect(fly(events, flights, 60_000)).toHaveLength(way.length);
  });
});

it('shows where a packet ended that did not arrive', async () => {
  const [lost] = fly(await packetsOf('kubectl exec box -- wget -qO- -T 2 10.0.0.200')).slice(-1);
  expect(lost).toMatchObject({ outcome: 'dropped', stops: ['pod/default/box', 'node/worker-1'], service: undefined });
});

it('comes from the learner, by a node, when a browser asks for a node port', async () => {
  const { spec } = services.get('services', 'default/web') as unknown as { spec: { ports: { nodePort: number }[] } };
  const way = fly(await packetsOf(`curl -s 10.0.0.11:${spec.ports[0]!.nodePort}`));
  expect(way.at(-1)).toMatchObject({
    stops: ['you', 'node/worker-1', 'node/worker-2', 'pod/default/web'],
    service: uid('web'),
  });
});

it('does not show what the cluster asks of itself', async () => {
  const events = await packetsOf({ wait: 60 });
  expect(events.length).toBeGreaterThan(10);
  expect(fly(events)).toEqual([]);
});
