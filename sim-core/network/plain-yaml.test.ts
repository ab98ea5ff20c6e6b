import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parsePlainYaml } from './plain-yaml.ts';

test('reads what kubeadm gives kube-proxy', () => {
  expect(parsePlainYaml('kind: KubeProxyConfiguration\nclusterCIDR: 10.244.0.0/16\nmode: iptables\n')).toEqual({
    kind: 'KubeProxyConfiguration',
    clusterCIDR: '10.244.0.0/16',
    mode: 'iptables',
  });
});

test('leaves everything else to the whole parser', () => {
  for (const text of [
    '',
    'a: 1',
    'a: 1.5',
    'a: true',
    'a: "b"',
    'a:\n  b: c',
    '- a',
    'a: b # c',
    'a: b\na: c',
    'a: null',
    '{a: b}',
    'a: 12:30',
  ])
    expect(parsePlainYaml(text), text).toBeUndefined();
});

test('what it reads, the whole parser reads alike', () => {
  const part = fc.constantFrom(
    'a',
    'b',
    'mode',
    'yes',
    ': ',
    ':',
    ' ',
    '\n',
    '\n',
    '10.0.0.0/8',
    '1.5',
    '-',
    '#',
    '"',
    'x-y',
    '/',
    '.inf',
    '~',
    'No',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const plain = parsePlainYaml(parts.join(''));
      if (plain !== undefined) expect(parse(parts.join(''))).toEqual(plain);
    }),
    { seed: 1, numRuns: 3000 },
  );
});
