import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { blockYaml } from './block-yaml.ts';

describe('blockYaml', () => {
  it('writes as kubeadm does', () => {
    const pod = {
      kind: 'Pod',
      metadata: { labels: { tier: 'control-plane' } },
      spec: {
        containers: [{ command: ['kube-scheduler', '--bind-address=127.0.0.1'], resources: {} }],
        hostNetwork: true,
      },
    };
    expect(blockYaml(pod)).toBe(`kind: Pod
metadata:
  labels:
    tier: control-plane
spec:
  containers:
  - command:
    - kube-scheduler
    - --bind-address=127.0.0.1
    resources: {}
  hostNetwork: true
`);
  });

  it('is read back as what it was', () => {
    const key = fc
      .stringMatching(/^[a-z][a-zA-Z/.-]{0,8}$/)
      .filter((word) => !/^(y|n|no|yes|on|off|true|false|null)$/.test(word));
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.string(),
        fc.integer(),
        fc.boolean(),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, tree, { minKeys: 1, maxKeys: 4 }), (value) => {
        expect(parse(blockYaml(value))).toEqual({ ...value });
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});
