import type { Test } from '../../format/tests.ts';

const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' };
const POD = { apiVersion: 'v1', kind: 'Pod' };
const FROM_POD = { pod: { labels: 'app=shop' } };

/** Of each kind of test: some that pass in the cluster of `checks.test.ts`, and some that fail, with words of what they say. */
export type Cases = Readonly<Record<string, { passes: Test[]; fails: [Test, string][] }>>;

export const CASES: Cases = {
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
};
