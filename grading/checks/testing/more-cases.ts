import type { Test } from '../../format/tests.ts';
import type { Cases } from './cases.ts';

const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' };
const POD = { apiVersion: 'v1', kind: 'Pod' };

/** Tests of the past, of what may happen, and those put together from others. */
export const MORE_CASES: Cases = {
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
        'tried: send 1 requests a second to none for 3 s. Afterwards: load: 0 % of the visits',
      ],
      [
        { scenario: { actions: [{ wait: 1 }], expect: [{ object: { ...DEPLOYMENT, name: 'none' } }] } },
        'failed: There is no Deployment none',
      ],
      [
        { scenario: { actions: [{ wait: 40 }], expect: [{ object: { ...DEPLOYMENT, name: 'none' } }] } },
        'tried: wait 40 s. Afterwards: There is no Deployment none',
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
