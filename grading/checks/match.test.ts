import { expect, it } from 'vitest';
import { compare } from './match.ts';

const POD = {
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: {
    containers: [
      { name: 'side', image: 'busybox' },
      {
        name: 'web',
        image: 'nginx:1.27',
        resources: { requests: { cpu: '500m', memory: '64Mi' } },
        ports: [{ containerPort: 80 }],
      },
    ],
    nodeSelector: {},
  },
};

it.each<[string, unknown]>([
  ['a part of an object', { metadata: { labels: { app: 'web' } } }],
  ['an item found by its name', { spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] } }],
  ['an item found by its port', { spec: { containers: [{ ports: [{ containerPort: 80 }] }] } }],
  [
    'an equal amount',
    { spec: { containers: [{ name: 'web', resources: { requests: { cpu: 0.5, memory: '65536Ki' } } }] } },
  ],
  [
    'amounts in bounds',
    {
      spec: {
        containers: [{ name: 'web', resources: { requests: { cpu: { $atMost: 1 }, memory: { $atLeast: '32Mi' } } } }],
      },
    },
  ],
  ['one of several', { metadata: { name: { $oneOf: ['api', 'web'] } } }],
  ['what is not there', { spec: { hostNetwork: { $absent: true } } }],
])('compare: %s fits', (_name, expected) => {
  expect(compare(POD, expected)).toBeUndefined();
});

it.each<[string, unknown, string, string | undefined]>([
  ['another value', { metadata: { name: 'api' } }, 'metadata.name', 'web'],
  ['an item that is missing', { spec: { containers: [{ name: 'db' }] } }, 'spec.containers[name=db]', undefined],
  [
    'a field of an item',
    { spec: { containers: [{ name: 'web', image: 'nginx:1.28' }] } },
    'spec.containers[name=web].image',
    'nginx:1.27',
  ],
  [
    'too small an amount',
    { spec: { containers: [{ name: 'web', resources: { requests: { cpu: { $atLeast: 1 } } } }] } },
    'spec.containers[name=web].resources.requests.cpu',
    '500m',
  ],
  ['a text where an amount is wanted', { metadata: { name: { $atLeast: 1 } } }, 'metadata.name', 'web'],
  ['what should not be there', { metadata: { labels: { $absent: true } } }, 'metadata.labels', '{"app":"web"}'],
  ['what every object has by birth', { metadata: { constructor: {} } }, 'metadata.constructor', undefined],
])('compare: %s does not', (_name, expected, path, found) => {
  expect(compare(POD, expected)).toMatchObject({ path, found });
});
