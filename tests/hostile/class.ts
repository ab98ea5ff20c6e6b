import { zipSync } from 'fflate';
import { checkpointEvery } from '../../grading/digest.ts';
import type { Exercise } from '../../grading/format/exercise.ts';
import { chainOfSubmission, makeSubmission, type Submission } from '../../grading/submission.ts';
import { startExercise } from '../../grading/walkthrough.ts';
import { SECOND } from '../../sim-core/engine/index.ts';
import type { LocalCluster } from '../../sim-core/host/local-client.ts';
import { LocalShell } from '../../sim-core/host/local-shell.ts';

/** A file that means harm, and what must come of it: graded (undefined), or the problem that is named. */
export interface Hostile {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly problem?: RegExp;
}

const encode = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

/** As a careful forger leaves it. */
function signed({ chain: _, ...rest }: Submission): Submission {
  return { ...rest, chain: chainOfSubmission(rest) };
}

async function handIn(
  exercise: Exercise,
  engine: string,
  id: string,
  act: (local: LocalCluster) => Promise<void>,
): Promise<Submission> {
  const local = startExercise(exercise, 5);
  await act(local);
  const learner = { id, name: 'Mallory' };
  const rest = { course: 'demo', engine, learner, locale: 'en', savedAt: '2026-03-02T09:00:00Z', files: {} } as const;
  return (await makeSubmission({ ...rest, exercise, log: local.log() })).submission;
}

/** Something typed, and a while for it to do its harm. */
const typed =
  (...lines: readonly string[]) =>
  async (local: LocalCluster) => {
    const shell = new LocalShell(local);
    for (const line of lines) await shell.run(line);
    shell.close();
    const { engine } = local.session.cluster;
    engine.runUntil(engine.now + 30 * SECOND);
  };

/** A component of somebody's own, and a while for it to do its harm. */
const component = (source: string) => async (local: LocalCluster) => {
  local.session.apply({ type: 'component', name: 'replicaset-controller', source, file: 'mine.ts' });
  const { engine } = local.session.cluster;
  engine.runUntil(engine.now + 10 * SECOND);
};

/** Everything that somebody might hand in to do harm, for one exercise. */
export async function hostileClass(exercise: Exercise, engine: string): Promise<Hostile[]> {
  const plain = await handIn(exercise, engine, '1', typed('kubectl create configmap x'));
  const graded = async (file: string, act: (local: LocalCluster) => Promise<void>): Promise<Hostile> => ({
    file: `${file}.jotasu.json`,
    bytes: encode(await handIn(exercise, engine, file, act)),
  });
  const named = (file: string, value: unknown, problem: RegExp): Hostile => ({
    file: `${file}.jotasu.json`,
    bytes: value instanceof Uint8Array ? value : encode(value),
    problem,
  });
  const pod = (name: string, script: string) =>
    graded(name, typed(`kubectl run x --image=busybox:1.36 --restart=Never -- sh -c '${script}'`));
  const deep = `{"format":"jotasu-submission/2","a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
  const levels = Array.from({ length: 20 }, (_, index) =>
    index === 0 ? 'a0: &a0 [x,x]' : `a${index}: &a${index} [*a${index - 1},*a${index - 1}]`,
  );
  const late = plain.log.until.time + 400 * 24 * 3600 * SECOND;
  const first = plain.log.entries[0]!;
  const many = Array.from({ length: 100 }, () => first);
  return [
    await graded('component-loop', component('while (true) {}')),
    await graded('component-memory', component('const all = []; for (;;) all.push(new Array(100000).fill("x"));')),
    await graded('component-recursion', component('function f() { f(); f(); } f();')),
    await graded(
      'component-escape',
      component(
        'Object.prototype.polluted = 1; globalThis.process?.exit(7); Function("return process")().exit(7); fetch("http://127.0.0.1:9");',
      ),
    ),
    await pod('shell-loop', 'while true; do :; done'),
    await pod('shell-memory', 'x=aaaaaaaaaaaaaaaa; while true; do x=$x$x$x$x; done'),
    await pod('shell-forks', ':(){ :|:& };:'),
    await pod('shell-output', 'yes | cat > /tmp/x'),
    {
      file: 'names.jotasu.json',
      bytes: encode(
        signed({
          ...plain,
          learner: { id: '=cmd|"/c calc"!A1', name: '\u001b]0;gone\u0007<img src=x onerror=alert(1)>\u202e@SUM(1)' },
          files: { '../../../etc/x': 'x', 'bomb.yaml': levels.join('\n') },
        }),
      ),
    },
    {
      file: 'prototype.jotasu.json',
      bytes: encode(JSON.stringify(plain).replace('"files":{', '"__proto__":{"polluted":1},"files":{')),
      problem: /altered/,
    },
    named('deep', deep, /cut off or damaged/),
    named('huge', new Uint8Array(20 * 1024 * 1024), /larger than any submission/),
    named(
      'endless',
      signed({ ...plain, log: { ...plain.log, until: { time: late, executed: 19_999_999 } } }),
      /longer than is allowed|cannot be replayed/,
    ),
    named('forged-score', signed({ ...plain, claim: { ...plain.claim, points: plain.claim.of } }), /another score/),
    named(
      'forged-state',
      signed({ ...plain, claim: { ...plain.claim, state: '0'.repeat(64) } }),
      /another cluster than/,
    ),
    named('forged-chain', { ...plain, chain: '0'.repeat(64) }, /altered/),
    named(
      'own-cluster',
      signed({
        ...plain,
        log: {
          ...plain.log,
          cluster: { ...plain.log.cluster, setup: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'y' } }] },
        },
      }),
      /did not begin with the cluster/,
    ),
    named('engine-path', signed({ ...plain, engine: '../../../../tmp/evil' }), /another version of the simulator/),
    named('exercise-path', signed({ ...plain, exercise: '../../etc/passwd' }), /not in this course/),
    named(
      'strange-inputs',
      signed({ ...plain, log: { ...plain.log, entries: many } }),
      /cannot be replayed|damaged|another cluster/,
    ),
    named(
      'wrong-types',
      {
        ...plain,
        log: { ...plain.log, entries: [{ time: 1, executed: 1, input: { type: 'send', id: {}, channel: 'x' } }] },
      },
      /damaged/,
    ),
    named('many-checkpoints', { ...plain, checkpoints: Array(checkpointEvery(1) + 5000).fill(0) }, /damaged/),
    named('\u001b[31mred', 'x', /not a Jotasu submission/),
    {
      file: 'slip.zip',
      bytes: zipSync({ '../../../tmp/jotasu-slipped.json': encode('{}') }),
      problem: /leads out of its folder/,
    },
  ];
}
