import { beforeAll, describe, expect, it } from 'vitest';
import type { LocalCluster } from '../../sim-core/host/local-client.ts';
import { evaluateLog } from '../evaluate.ts';
import type { Exercise } from '../format/exercise.ts';
import type { Test } from '../format/tests.ts';
import { say } from '../messages.ts';
import { carryOut, startExercise } from '../walkthrough.ts';

const TITLE = { en: 'x', ko: 'x' };
const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' };

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

const POD = { apiVersion: 'v1', kind: 'Pod' };
const FROM_POD = { pod: { labels: 'app=shop' } };

const CASES: Record<string, { passes: Test[]; fails: [Test, string][] }> = {
  cel: {
    passes: [
      {
        cel: {
          ...DEPLOYMENT,
          expression: 'self.spec.replicas >= 4 && self.status.readyReplicas == self.spec.replicas',
        },
      },
      { cel: { ...POD, labels: 'app=shop', of: 'list', expression: 'self.size() == 4' } },
      { cel: { ...POD, of: 'some', expression: 'self.metadata.name.startsWith("shop-")' } },
    ],
    fails: [
      [
        { cel: { ...DEPLOYMENT, expression: 'self.spec.replicas == 5' } },
        'Deployment shop: this does not hold: self.spec.replicas == 5.',
      ],
      [{ cel: { ...DEPLOYMENT, expression: 'self.spec.nothing == 5' } }, 'failed: Deployment shop: this does not hold'],
      [{ cel: { ...DEPLOYMENT, expression: 'self.spec.' } }, 'not-run'],
      [{ cel: { ...DEPLOYMENT, name: 'none', expression: 'true' } }, 'There is no Deployment none'],
    ],
  },
  condition: {
    passes: [{ condition: { ...DEPLOYMENT, type: 'Available' } }],
    fails: [
      [
        { condition: { ...DEPLOYMENT, type: 'Available', status: 'False' } },
        'status of condition Available is True, and should be False. It says: MinimumReplicasAvailable',
      ],
      [{ condition: { ...DEPLOYMENT, type: 'Odd' } }, 'no condition Odd yet; it has: '],
    ],
  },
  event: {
    passes: [
      { event: { about: { kind: 'Deployment', name: 'shop' }, reason: 'ScalingReplicaSet', is: { $atLeast: 3 } } },
      { event: { reason: 'FailedScheduling', is: 0 } },
    ],
    fails: [
      [{ event: { about: { kind: 'Deployment', name: 'shop' }, reason: 'Nothing' } }, 'Found 0 events "Nothing"'],
    ],
  },
  authorization: {
    passes: [
      {
        authorization: {
          serviceAccount: 'reader',
          can: ['list pods'],
          cannot: ['delete pods', 'get secrets', 'get pods/log'],
        },
      },
    ],
    fails: [
      [
        { authorization: { serviceAccount: 'reader', can: ['get secrets'] } },
        'system:serviceaccount:default:reader may not get secrets',
      ],
      [
        { authorization: { serviceAccount: 'reader', cannot: ['get pods'] } },
        'may get pods in namespace default, and should not',
      ],
      [{ authorization: { serviceAccount: 'reader', can: ['get wishes'] } }, 'not-run'],
    ],
  },
  log: {
    passes: [{ log: { name: 'talker', text: { $contains: 'hello there' } } }],
    fails: [
      [{ log: { name: 'talker', text: { $contains: 'goodbye' } } }, 'its last line is: hello there'],
      [{ log: { name: 'nobody', text: 'x' } }, 'There is no Pod nobody'],
    ],
  },
  command: {
    passes: [
      { command: { run: 'kubectl get deployment shop -o name', stdout: 'deployment.apps/shop' } },
      { command: { run: 'cat notes.yaml | grep -c kind', stdout: '1' } },
      { command: { run: 'kubectl delete deployment shop --wait=false' } },
      { command: { run: 'kubectl get deployment nothing', exit: 1, stderr: { $contains: 'NotFound' } } },
    ],
    fails: [
      [
        { command: { run: 'kubectl get deployment nothing' } },
        'It ended with code 1, and should end with 0. It said: Error from server (NotFound)',
      ],
      [{ command: { run: 'echo one', stdout: 'two' } }, 'It printed one, and should print two'],
    ],
  },
  file: {
    passes: [
      { file: { path: 'notes.yaml', yaml: { spec: { replicas: 3, ports: [{ port: 80 }] } } } },
      { file: { path: 'notes.yaml', text: { $contains: 'Note' } } },
    ],
    fails: [
      [{ file: { path: 'none.yaml' } }, 'There is no file none.yaml'],
      [
        { file: { path: 'notes.yaml', yaml: { spec: { replicas: 4 } } } },
        'In your file notes.yaml, spec.replicas is 3, and should be 4',
      ],
    ],
  },
  dns: {
    passes: [
      { dns: { name: 'shop', from: FROM_POD } },
      { dns: { name: 'nothing', from: FROM_POD, addresses: { $absent: true } } },
    ],
    fails: [
      [{ dns: { name: 'shop', from: { node: 'worker-1' } } }, 'From node/worker-1, the name shop leads nowhere'],
      [{ dns: { name: 'shop', from: { pod: { name: 'nobody' } } } }, 'nothing runs there'],
    ],
  },
  tcp: {
    passes: [
      { tcp: { host: 'shop', port: 80, from: FROM_POD } },
      { tcp: { host: 'shop', port: 81, from: FROM_POD, open: false } },
    ],
    fails: [
      [{ tcp: { host: 'shop', port: 81, from: FROM_POD } }, 'no connection to shop:81 comes about'],
      [{ tcp: { host: 'shop', port: 80, from: FROM_POD, open: false } }, 'takes connections, and should not'],
    ],
  },
  http: {
    passes: [
      { http: { service: 'shop' } },
      { http: { url: 'http://shop/', from: FROM_POD } },
      { http: { url: 'http://shop:81/', from: FROM_POD, fails: true } },
    ],
    fails: [
      [{ http: { service: 'shop', status: 404 } }, 'status is 200, and should be 404'],
      [{ http: { url: 'http://shop:81/', from: FROM_POD } }, 'from pod/[app=shop] to http://shop:81/ got no answer'],
      [
        { http: { url: 'http://shop/', from: FROM_POD, fails: true } },
        'was answered (200), and should not have come through',
      ],
    ],
  },
  history: {
    passes: [
      {
        history: {
          since: { object: { ...DEPLOYMENT, match: { status: { readyReplicas: 3 } } } },
          always: { object: { ...DEPLOYMENT, match: { status: { readyReplicas: { $atLeast: 2 } } } } },
        },
      },
      { history: { eventually: { object: { ...DEPLOYMENT, match: { spec: { replicas: 2 } } } } } },
      { history: { never: { object: { ...DEPLOYMENT, match: { spec: { replicas: 7 } } } } } },
      {
        history: {
          inOrder: [3, 2, 4].map(
            (replicas): Test => ({ object: { ...DEPLOYMENT, match: { spec: { replicas } } } }),
          ) as never,
        },
      },
      {
        history: {
          since: { object: DEPLOYMENT },
          mostly: { test: { object: { ...DEPLOYMENT, match: { spec: { replicas: { $atLeast: 4 } } } } }, share: 0.5 },
        },
      },
    ],
    fails: [
      [
        {
          history: {
            since: { object: { ...DEPLOYMENT, match: { status: { readyReplicas: 3 } } } },
            always: { object: { ...DEPLOYMENT, match: { status: { readyReplicas: { $atLeast: 3 } } } } },
          },
        },
        'It was not so the whole time. 0:',
      ],
      [
        { history: { never: { object: { ...DEPLOYMENT, match: { spec: { replicas: 2 } } } } } },
        'It should never have been so',
      ],
      [
        { history: { eventually: { object: { ...DEPLOYMENT, match: { spec: { replicas: 7 } } } } } },
        'It never came to be so. At the end: Deployment shop: spec.replicas is 4',
      ],
      [
        {
          history: {
            inOrder: [2, 3].map(
              (replicas): Test => ({ object: { ...DEPLOYMENT, match: { spec: { replicas } } } }),
            ) as never,
          },
        },
        'number 2 of 2',
      ],
      [{ history: { until: 10_000, always: { object: DEPLOYMENT } } }, 'not over yet'],
      [
        { history: { since: { object: { ...DEPLOYMENT, name: 'none' } }, always: { object: DEPLOYMENT } } },
        'has not happened yet',
      ],
      [
        { history: { mostly: { test: { object: { ...DEPLOYMENT, match: { spec: { replicas: 2 } } } }, share: 0.9 } } },
        'it should be 90 % at least',
      ],
    ],
  },
  combinations: {
    passes: [
      { all: [{ object: DEPLOYMENT }, { http: { service: 'shop' } }] },
      { any: [{ http: { service: 'none' } }, { http: { service: 'shop' } }] },
      { not: { object: { ...DEPLOYMENT, name: 'none' } } },
    ],
    fails: [
      [{ all: [{ object: DEPLOYMENT }, { http: { service: 'none' } }] }, 'There is no Service none'],
      [
        { any: [{ object: { ...DEPLOYMENT, name: 'a' } }, { object: { ...DEPLOYMENT, name: 'b' } }] },
        'There is no Deployment a',
      ],
      [{ not: { object: DEPLOYMENT } }, 'should not be so'],
      [{ not: { cel: { ...DEPLOYMENT, expression: '(' } } }, 'not-run'],
    ],
  },
  scenario: {
    passes: [
      {
        scenario: {
          actions: [{ scale: { ...DEPLOYMENT, replicas: 1 } }, { settle: true }],
          expect: [{ count: { ...POD, labels: 'app=shop', is: 1 } }],
        },
      },
      {
        scenario: {
          actions: [{ drain: 'worker-1' }],
          expect: [
            { object: { apiVersion: 'v1', kind: 'Node', name: 'worker-1', match: { spec: { unschedulable: true } } } },
          ],
        },
      },
      {
        scenario: {
          actions: [
            {
              merge: {
                ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
                metadata: { name: 'shop' },
                spec: { template: { metadata: { annotations: { a: 'b' } } } },
              },
            },
            { settle: true },
          ],
          expect: [
            {
              history: { always: { object: { ...DEPLOYMENT, match: { status: { readyReplicas: { $atLeast: 3 } } } } } },
            },
          ],
        },
      },
      {
        scenario: {
          actions: [{ load: { service: 'shop', perSecond: 2, seconds: 10 } }, { wait: 12 }],
          expect: [{ traffic: { visitor: 'load', visits: 20, answered: { $atLeast: 1 } } }],
        },
      },
      {
        scenario: {
          actions: [{ run: 'kubectl delete service shop' }],
          expect: [{ not: { http: { service: 'shop' } } }],
        },
      },
      {
        scenario: {
          actions: [{ fault: { running: 'app=shop', power: false } }, { wait: 60 }],
          expect: [{ count: { apiVersion: 'v1', kind: 'Node', is: 4 } }],
        },
      },
    ],
    fails: [
      [
        { scenario: { actions: [{ run: 'kubectl delete service none' }], expect: [{ object: DEPLOYMENT }] } },
        'could not be done: kubectl delete service none. Error from server (NotFound)',
      ],
      [
        { scenario: { actions: [{ delete: { ...POD, name: 'nobody' } }], expect: [{ object: DEPLOYMENT }] } },
        'There is no Pod nobody',
      ],
      [
        {
          scenario: {
            actions: [{ load: { service: 'none', perSecond: 1, seconds: 3 } }, { wait: 5 }],
            expect: [{ traffic: { visitor: 'load', answered: { $atLeast: 0.5 } } }],
          },
        },
        'Afterwards: load: 0 % of the visits',
      ],
    ],
  },
  script: {
    passes: [
      {
        script: {
          file: 'check.ts',
          source: `export default (cluster, least: number) =>
            cluster.list('v1', 'Pod', { labels: 'app=shop' }).length >= least && cluster.history('apps/v1', 'Deployment').length > 3 && cluster.files['notes.yaml'].includes('Note')
              ? true : { en: 'no', ko: '아니요' };`,
          with: 4,
        },
      },
    ],
    fails: [
      [
        { script: { file: 'check.ts', source: `export default () => ({ en: 'found 3', ko: '3개' });` } },
        'failed: found 3',
      ],
      [{ script: { file: 'check.ts', source: 'export default () => { for (;;) {} };' } }, 'not-run'],
      [{ script: { file: 'check.ts', source: 'export default () => 7;' } }, 'not-run'],
      [{ script: { file: 'check.ts', source: 'export default () => process.exit(0);' } }, 'not-run'],
    ],
  },
};

describe.each(Object.entries(CASES))('%s', (_name, { passes, fails }) => {
  it('passes where it should', async () => {
    expect(await ask(...passes)).toEqual(passes.map(() => true));
  });

  it('says what was found where it does not', async () => {
    const said = await ask(...fails.map(([test]) => test));
    for (const [index, [, expected]] of fails.entries()) expect(said[index]).toContain(expected);
  });
});
