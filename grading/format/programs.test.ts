import { expect, it } from 'vitest';
import { evaluateLog } from '../evaluate.ts';
import { carryOut, startExercise } from '../walkthrough.ts';
import type { Exercise } from './exercise.ts';
import type { Test } from './tests.ts';

const T = { en: 'T', ko: 'T' };
const check = (id: string, test: Test) => ({ id, points: 1, title: T, test, mistakes: [] });

it('an exercise brings programs of its own, in images that learners run and graders run again', async () => {
  const exercise: Exercise = {
    id: 'test/programs',
    title: T,
    summary: T,
    level: 1,
    kind: 'do',
    minutes: 1,
    files: {},
    cluster: {
      preset: 'one-worker',
      setup: [],
      programs: [
        {
          image: 'registry.k8s.io/shop/teller:2.0',
          from: 'busybox:1.36',
          files: { '/teller.sh': '#!/bin/sh\nfor n in 1 2 3; do echo "$GREETING $n"; done\nexec sleep 1000\n' },
          command: ['/teller.sh'],
          env: { GREETING: 'customer' },
        },
        {
          image: 'registry.k8s.io/shop/door:1.0',
          from: 'nginx:1.27',
          files: { '/usr/share/nginx/html/index.html': 'The door is open.\n' },
        },
      ],
    },
    steps: [
      {
        id: 's',
        title: T,
        text: T,
        hints: [],
        checks: [
          check('log', { log: { name: 'teller', text: { $contains: 'customer 3' } } }),
          check('http', { http: { service: 'door', body: { $contains: 'The door is open.' } } }),
        ],
      },
    ],
  };
  const local = startExercise(exercise, 3);
  const results = await carryOut(local, {
    files: {},
    steps: [
      'kubectl run teller --image=registry.k8s.io/shop/teller:2.0',
      'kubectl create deployment door --image=registry.k8s.io/shop/door:1.0',
      'kubectl expose deployment door --port=80 --type=NodePort',
      'kubectl wait --for=condition=Ready pod -l app=door --timeout=60s',
      'kubectl run other --image=registry.k8s.io/shop/teller:1.0',
      { wait: 20 },
    ],
  });
  expect(results.filter(({ code }) => code !== 0)).toEqual([]);
  const report = await evaluateLog(exercise, local.log());
  expect(report.results.map(({ status, message }) => [status, message])).toEqual([
    ['passed', undefined],
    ['passed', undefined],
  ]);
  // A tag that nobody built is not there.
  const [pods] = await carryOut(local, { files: {}, steps: ['kubectl get pod other'] });
  expect(pods!.stdout).toMatch(/ErrImagePull|ImagePullBackOff/);
});
