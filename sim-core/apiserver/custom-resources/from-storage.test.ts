import { beforeAll, describe, expect, it } from 'vitest';
import { Lab } from '../testing/lab.ts';

const CRD = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/lamps.golden.example';
const LAMPS = '/apis/golden.example/v1/namespaces/default/lamps';
const TABLE = 'lamps.golden.example';

let lab: Lab;

interface Lamp {
  apiVersion: string;
  metadata: { name: string; resourceVersion: string; generation: number };
  spec: Record<string, unknown>;
}

function version(name: string, storage: boolean, properties: object) {
  const spec = { type: 'object', properties };
  const selectableFields = 'power' in properties ? [{ jsonPath: '.spec.power' }] : undefined;
  return {
    name,
    storage,
    served: true,
    selectableFields,
    schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
  };
}

function definition(...versions: unknown[]) {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: TABLE },
    spec: { group: 'golden.example', scope: 'Namespaced', names: { plural: 'lamps', kind: 'Lamp' }, versions },
  };
}

function redefine(...versions: unknown[]): void {
  const answer = lab.send('PATCH', CRD, { spec: { versions } });
  if (answer.status >= 300) throw new Error(answer.body.message);
  lab.settle(3);
}

const text = { type: 'string' };
const lamp = (name = 'desk') => lab.get(`${LAMPS}/${name}`) as unknown as Lamp;
const inEtcd = () => lab.cluster.server.store.get(TABLE, 'default/desk') as unknown as Lamp;
const namesWith = (selector: string) => {
  const { items } = lab.get(`${LAMPS}?fieldSelector=${selector}`) as unknown as { items: Lamp[] };
  return items.map(({ metadata }) => metadata.name);
};

beforeAll(() => {
  lab = new Lab();
  lab.create(definition(version('v1', true, { colour: text, shade: text })));
  lab.settle(1);
  lab.create({
    apiVersion: 'golden.example/v1',
    kind: 'Lamp',
    metadata: { name: 'desk' },
    spec: { colour: 'red', shade: 'paper' },
  });
});

describe('an object that was stored before its definition changed', () => {
  it('has the new defaults and no longer the fields that went, wherever it is read, and is not written', () => {
    const before = inEtcd();
    redefine(version('v1', true, { colour: text, power: { type: 'integer', default: 40 } }));
    const { metadata, spec } = lamp();
    expect(spec).toEqual({ colour: 'red', power: 40 });
    expect(metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    expect(inEtcd()).toBe(before);
    expect((lab.get(LAMPS) as unknown as { items: Lamp[] }).items.map((one) => one.spec)).toEqual([spec]);
    expect(namesWith('spec.power=40')).toEqual(['desk']);
    expect(namesWith('spec.power=60')).toEqual([]);
  });

  it('is the same object each time', () => {
    const { server } = lab.cluster;
    const target = server.resources.resource('golden.example', 'v1', 'lamps')!;
    expect(server.storage.stored(target, 'default', 'desk')).toBe(server.storage.stored(target, 'default', 'desk'));
  });

  it('is written with its defaults by whoever writes it, even without a change, and counts no new generation', () => {
    const before = inEtcd();
    expect(lab.send('PUT', `${LAMPS}/desk`, lamp()).status).toBe(200);
    expect(inEtcd().spec).toEqual({ colour: 'red', power: 40 });
    expect(inEtcd().metadata.generation).toBe(before.metadata.generation);
    const written = inEtcd();
    expect(lab.send('PUT', `${LAMPS}/desk`, lamp()).status).toBe(200);
    expect(inEtcd()).toBe(written);
  });

  it('watchers see it so too, and watches of the former definition end', () => {
    const { server, engine } = lab.cluster;
    const watch = () => {
      const seen: string[] = [];
      const request = {
        verb: 'watch' as const,
        target: server.resources.resource('golden.example', 'v1', 'lamps')!,
        namespace: 'default',
        user: { username: 'system:admin', groups: ['system:masters'] },
        userAgent: 'test',
        warnings: [],
        options: {},
      };
      server.watch(
        request,
        ({ type, object }) => seen.push(`${type} ${JSON.stringify((object as unknown as Lamp).spec)}`),
        () => seen.push('END'),
      );
      engine.runUntil(engine.now + 100_000);
      return seen;
    };
    const early = watch();
    redefine(
      version('v1', true, { colour: text, power: { type: 'integer', default: 40 }, tilt: { ...text, default: 'up' } }),
    );
    expect(early).toEqual(['ADDED {"colour":"red","power":40}', 'END']);
    const late = watch();
    lab.send('DELETE', `${LAMPS}/desk`);
    lab.settle(1);
    const whole = '{"colour":"red","power":40,"tilt":"up"}';
    expect(late).toEqual([`ADDED ${whole}`, `DELETED ${whole}`]);
  });

  it('comes in the version that is stored today, with the defaults of its own', () => {
    lab.create({ apiVersion: 'golden.example/v1', kind: 'Lamp', metadata: { name: 'desk' }, spec: { colour: 'red' } });
    const v1 = version('v1', false, {
      colour: text,
      power: { type: 'integer', default: 40 },
      hue: { ...text, default: 'warm' },
    });
    redefine(v1, version('v2', true, { colour: text, hue: text, size: { ...text, default: 'small' } }));
    expect(inEtcd().apiVersion).toBe('golden.example/v1');
    const { apiVersion, spec } = lab.get(`${LAMPS.replace('v1', 'v2')}/desk`) as unknown as Lamp;
    expect({ apiVersion, spec }).toEqual({ apiVersion: 'golden.example/v2', spec: { colour: 'red', hue: 'warm' } });
    expect(lamp().spec).toEqual({ colour: 'red', hue: 'warm' });
    // The migration of stored versions: an empty patch writes it anew.
    expect(lab.send('PATCH', `${LAMPS.replace('v1', 'v2')}/desk`, {}).status).toBe(200);
    expect(inEtcd().apiVersion).toBe('golden.example/v2');
  });
});
