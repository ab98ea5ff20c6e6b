import { describe, expect, it } from 'vitest';
import type { GradedFile } from '../batch/graded.ts';
import type { Course } from '../course/course.ts';
import type { Exercise } from '../format/exercise.ts';
import { drawnBy } from '../format/variants.ts';
import type { Walkthrough } from '../load.ts';
import { integrity } from './integrity.ts';
import { normalCommand } from './normal.ts';
import type { Trace } from './trace.ts';

const text = (en: string) => ({ en, ko: en });
const exercise: Exercise = {
  id: 'test/shop',
  title: text('Shop'),
  summary: text('Shop'),
  level: 1,
  kind: 'do',
  minutes: 1,
  cluster: { preset: 'lab', setup: [] },
  files: {
    'starter.ts': 'export const nothing = 1;',
    'job.yaml':
      'apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: parcels\nspec:\n  completions: 6\n  parallelism: 2\n  completionMode: Indexed\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n        - name: pack\n          image: busybox\n',
  },
  variants: { name: { code: 6 } },
  steps: [
    {
      id: 's',
      title: text('Make <<name>>'),
      text: text('Run `kubectl create deployment <<name>> --image=nginx`'),
      hints: [],
      checks: [],
    },
  ],
};
const way: Walkthrough = {
  name: 'solution',
  kind: 'solution',
  steps: [
    'kubectl create deployment <<name>> --image=nginx',
    'kubectl scale deployment <<name>> --replicas=3',
    'kubectl rollout status deployment/<<name>>',
    'kubectl expose deployment <<name>> --port=80',
  ],
  files: {},
  points: undefined,
  expect: undefined,
};

const START = Date.parse('2026-03-02T01:00:00Z');
interface Made {
  readonly graded: GradedFile;
  readonly trace: Trace;
}

/** A learner who types these, some seconds apart, each at odd times of their own. */
function made(
  id: number,
  lines: readonly string[],
  more: Partial<Trace> & { graded?: Partial<GradedFile> } = {},
): Made {
  const name = drawnBy(exercise, id).name as string;
  const { graded, ...rest } = more;
  const commands = lines.map((line, index) => ({
    text: line.replaceAll('NAME', name),
    at: 1_000_003 * (index + 1) * (id + 7) + id,
    wall: START + index * (9_000 + id),
  }));
  return {
    graded: {
      file: `${id}/x.json`,
      sha256: `sum-${id}`,
      learner: { id: `${id}`, name: `L${id}` },
      locale: 'en',
      exercise: exercise.id,
      seed: id,
      savedAt: '2026-03-02T04:00:00Z',
      timeline: [],
      flags: [],
      ...graded,
    },
    trace: { commands, walls: commands.map(({ wall }) => wall), files: {}, requests: [], ...rest },
  };
}

const solved = [
  'kubectl create deployment NAME --image=nginx',
  'kubectl scale deploy NAME --replicas 3',
  'kubectl rollout status deploy/NAME',
  'kubectl expose deployment NAME --port=80',
];
const particular = [
  'kubectl get pods -o wide --show-labels',
  'kubectl annotate deploy NAME note=hello-there',
  'kubectl label deploy NAME owner=moon tier=front',
  'kubectl set env deploy/NAME COLOUR=teal',
  'kubectl patch deploy NAME -p {"spec":{"minReadySeconds":7}}',
];
/** A class in which everybody goes the recorded way. */
const others = Array.from({ length: 20 }, (_, index) =>
  made(index + 10, [...solved, `kubectl get pods -l mine=${index}`]),
);

function kinds(all: readonly Made[], course?: Course): Record<string, string[]> {
  const flags = integrity({
    files: all.map(({ graded }) => graded),
    traces: new Map(all.map(({ graded, trace }) => [graded.file, trace])),
    exercises: new Map([[exercise.id, exercise]]),
    ways: () => [way],
    course,
  });
  return Object.fromEntries([...flags].map(([file, found]) => [file, found.map(({ kind }) => kind)]));
}

describe('integrity', () => {
  it('says nothing of a class in which everybody goes one of the few ways there are', () => {
    expect(kinds(others)).toEqual({});
  });

  it('finds commands that two share and nobody else has, their own names put in', () => {
    const [one, two] = [made(1, [...particular, ...solved]), made(2, [...solved, 'kubectl get nodes', ...particular])];
    expect(kinds([...others, one, two])).toEqual({
      '1/x.json': ['similar-commands'],
      '2/x.json': ['similar-commands'],
    });
    const many = Array.from({ length: 12 }, (_, index) => made(index + 50, [...particular, ...solved]));
    expect(kinds([...others, one, two, ...many])).toEqual({});
  });

  it('finds values that were drawn for somebody else', () => {
    const name = drawnBy(exercise, 1).name as string;
    const copied = made(2, [...solved, `kubectl delete deployment ${name}`]);
    expect(kinds([...others, made(1, solved), copied])).toEqual({ '2/x.json': ['canary'] });
    const inFile = made(3, solved, { files: { 'a.yaml': `metadata:\n  name: ${name}\n` } });
    expect(kinds([made(1, solved), inFile])).toEqual({ '3/x.json': ['canary'] });
  });

  it('finds the same history under two names', () => {
    const one = made(1, [...solved, 'kubectl get all']);
    const two = made(2, [], { commands: one.trace.commands.map((command) => ({ ...command })) });
    expect(kinds([...others, one, two])['2/x.json']).toContain('same-history');
  });

  it('takes a clock that is paused and set on by whole seconds for what it is', () => {
    const stepped = (id: number) => {
      const { trace } = made(
        id,
        ['nodes', 'pods', 'services', 'events', 'jobs'].map((kind) => `kubectl get ${kind}`),
      );
      const commands = trace.commands.map((command, index) => ({ ...command, at: 602_005_000 + index * 10_000_000 }));
      return made(id, [], { commands });
    };
    expect(kinds([...others, stepped(1), stepped(2)])).toEqual({});
  });

  it('finds TypeScript that two share with other names, and not what was given', () => {
    const code = (...names: string[]) =>
      `export function reconcile(${names[0]}: Api) {\n  const ${names[1]} = ${names[0]}.list('pods');\n  for (const ${names[2]} of ${names[1]}) {\n    if (${names[2]}.status.phase === 'Failed' && ${names[2]}.metadata.labels.retry !== 'no') {\n      ${names[0]}.delete(${names[2]});\n      continue;\n    }\n    while (${names[1]}.length > 3) ${names[1]}.pop();\n  }\n  return ${names[1]}.filter((x) => x.spec.nodeName !== undefined).map((x) => x.metadata.name);\n}\n`;
    const own = `class Mine {\n  private seen = new Set<string>();\n  run(world) {\n    try { world.watch((e) => { switch (e.type) { case 'ADDED': this.seen.add(e.object.uid); break; default: this.seen.delete(e.object.uid); } }); }\n    finally { world.close(); }\n  }\n}\n`;
    const one = made(1, solved, { files: { 'a.ts': code('api', 'pods', 'pod') } });
    const two = made(2, solved, { files: { 'a.ts': `// all my own work\n${code('client', 'list', 'item')}` } });
    const three = made(3, solved, { files: { 'a.ts': own } });
    const starters = [made(4, solved, { files: exercise.files }), made(5, solved, { files: exercise.files })];
    expect(kinds([...others, one, two, three, ...starters])).toEqual({
      '1/x.json': ['similar-code'],
      '2/x.json': ['similar-code'],
    });
  });

  it('takes the same change of a few given lines for what it is', () => {
    const job = exercise.files['job.yaml']!;
    const changed = job.replace('completions: 6', 'completions: 8').replace('parallelism: 2', 'parallelism: 4');
    const both = [1, 2].map((id) => made(id, solved, { files: { 'job.yaml': changed.replace(/.*Indexed\n/, '') } }));
    expect(kinds([...others, ...both])).toEqual({});
    const own = `${changed}---\n${job.replaceAll(/: (\w+)/g, ': own-$1')}`;
    expect(
      Object.keys(kinds([...others, ...[1, 2].map((id) => made(id, solved, { files: { 'job.yaml': own } }))])),
    ).toEqual(['1/x.json', '2/x.json']);
  });

  it('finds times that cannot be', () => {
    const one = made(1, particular);
    const walls = one.trace.walls as number[];
    const back = made(2, solved, { walls: [walls[0]!, walls[0]! - 3_600_000] });
    const gaps = made(3, solved, { walls: [walls[0]!, null, walls[1]!] });
    const late = made(4, solved, { graded: { savedAt: '2026-03-01T00:00:00Z' } });
    const pasted = Array.from({ length: 9 }, (_, index) => ({
      text: `kubectl create configmap c${index}`,
      at: index,
      wall: START + index * 20,
    }));
    const fast = made(5, [], { commands: pasted, walls: pasted.map(({ wall }) => wall) });
    expect(kinds([...others, back, gaps, late, fast])).toEqual({
      '2/x.json': ['clock-back'],
      '3/x.json': ['stamps-missing'],
      '4/x.json': ['after-saving'],
      '5/x.json': ['faster-than-typing'],
    });
    const open = { at: '2026-03-02T03:00:00Z', local: '' };
    const course = { exercises: [{ exercise: exercise.id, weight: 1, open }] } as unknown as Course;
    expect(kinds([one], course)).toEqual({ '1/x.json': ['before-open'] });
  });

  it('passes on what replay found, and the same bytes from two people', () => {
    const one = made(1, solved, { graded: { problem: 'score-differs' } });
    const two = made(2, solved, { graded: { sha256: 'sum-3' } });
    const three = made(3, solved, { graded: { sha256: 'sum-3' } });
    const folder = (id: number) => ({ file: `L_${id}_assignsubmission_file_/x.json`, sha256: 'sum-4', rosterId: '4' });
    const same = [made(4, solved, { graded: folder(4) }), made(5, [], { graded: folder(5) })];
    expect(Object.values(kinds(same))).toEqual([['same-file'], ['same-file']]);
    expect(kinds([one, two, three])).toEqual({
      '1/x.json': ['replay'],
      '2/x.json': ['same-file'],
      '3/x.json': ['same-file'],
    });
  });
});

describe('normalCommand', () => {
  it('knows commands again however they are written', () => {
    const own = new Map([['kfmxw2', '<<name>>']]);
    expect(normalCommand("kubectl  get po kfmxw2 -n 'a' -o=yaml", own)).toBe(
      normalCommand('kubectl get pods <<name>> --namespace=a --output yaml', own),
    );
  });
});
