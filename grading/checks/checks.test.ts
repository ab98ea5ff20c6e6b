import { beforeAll, describe, expect, it } from 'vitest';
import type { LocalCluster } from '../../sim-core/host/local-client.ts';
import { evaluateLog } from '../evaluate.ts';
import type { Exercise } from '../format/exercise.ts';
import type { Test } from '../format/tests.ts';
import { say } from '../messages.ts';
import { carryOut, startExercise } from '../walkthrough.ts';
import { CASES } from './testing/cases.ts';
import { MORE_CASES } from './testing/more-cases.ts';

const TITLE = { en: 'x', ko: 'x' };

function exerciseOf(tests: readonly Test[], cluster: Partial<Exercise['cluster']> = {}): Exercise {
  return {
    id: 'test/checks',
    title: TITLE,
    summary: TITLE,
    level: 1,
    kind: 'do',
    minutes: 1,
    cluster: { preset: 'three-workers', setup: [], ...cluster },
    files: {},
    steps: [
      {
        id: 'only',
        title: TITLE,
        text: TITLE,
        hints: [],
        checks: tests.map((test, index) => ({ id: `c${index}`, points: 1, title: TITLE, test, mistakes: [] })),
      },
    ],
  };
}

let local: LocalCluster;

beforeAll(async () => {
  local = startExercise(exerciseOf([]), 3);
  const results = await carryOut(local, {
    files: { 'notes.yaml': 'kind: Note\nspec: { replicas: 3, ports: [{ name: web, port: 80 }] }\n' },
    steps: [
      'kubectl create deployment shop --image=jotasu/hello:1.0 --replicas=3',
      'kubectl expose deployment shop --port=80 --target-port=8080 --type=NodePort',
      'kubectl rollout status deployment shop',
      'kubectl create serviceaccount reader',
      'kubectl create role look --verb=get,list --resource=pods',
      'kubectl create rolebinding look --role=look --serviceaccount=default:reader',
      'kubectl scale deployment shop --replicas=2',
      { wait: 5 },
      'kubectl scale deployment shop --replicas=4',
      'kubectl run talker --image=busybox -- sh -c "echo hello there; sleep 3600"',
      { wait: 20 },
    ],
  });
  for (const { line, code, stderr } of results) expect(code, `${line}: ${stderr}`).toBe(0);
});

/** The outcomes of these tests: true, or what is said. */
async function ask(...tests: Test[]): Promise<(true | string)[]> {
  const { results } = await evaluateLog(exerciseOf(tests), local.log());
  return results.map(({ status, message }) => (status === 'passed' ? true : `${status}: ${say(message!, 'en')}`));
}

describe.each(Object.entries({ ...CASES, ...MORE_CASES }))('%s', (_name, { passes, fails }) => {
  it('passes where it should', async () => {
    expect(await ask(...passes)).toEqual(passes.map(() => true));
  });

  it('says what was found where it does not', async () => {
    const said = await ask(...fails.map(([test]) => test));
    for (const [index, [, expected]] of fails.entries()) expect(said[index]).toContain(expected);
  });
});
