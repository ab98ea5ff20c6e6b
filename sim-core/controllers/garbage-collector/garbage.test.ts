import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MILLISECOND } from '../../engine/index.ts';
import { configMaps } from '../../resources/config-map.ts';
import { TestCluster } from '../testing/test-cluster.ts';
import { garbageCollectorController } from './index.ts';

const numRuns = 40 * Number(process.env.JOTASU_RUNS ?? 1);

type Policy = 'Background' | 'Foreground' | 'Orphan';
type Step =
  | { readonly kind: 'make'; readonly owners: readonly number[]; readonly blocks: boolean }
  | { readonly kind: 'delete'; readonly pick: number; readonly policy: Policy }
  | { readonly kind: 'absent owner' }
  | { readonly kind: 'restart' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('make' as const),
      owners: fc.array(fc.nat(30), { maxLength: 2 }),
      blocks: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('delete' as const),
      pick: fc.nat(30),
      policy: fc.constantFrom<Policy>('Background', 'Foreground', 'Orphan'),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ kind: 'absent owner' }, { kind: 'restart' }) },
);

it('garbage never outlives its owners, and nothing else goes', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.nat(300)), { maxLength: 25 }), (steps) => {
      const cluster = new TestCluster({ controllers: [garbageCollectorController] });
      const asked = new Set<string>();
      const ownersOf = new Map<string, readonly string[]>();
      const make = (ownerReferences: readonly object[]) => {
        const made = cluster.create(configMaps, { metadata: { name: `o${ownersOf.size}`, ownerReferences } });
        const uids = (ownerReferences as readonly { uid: string }[]).map(({ uid }) => uid);
        ownersOf.set(made.metadata.uid, uids);
      };
      for (const [one, wait] of steps) {
        const there = cluster.list(configMaps).filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt');
        if (one.kind === 'make') {
          const picked = one.owners.flatMap((pick) => there[pick % Math.max(1, there.length)] ?? []);
          const owners = [...new Map(picked.map((owner) => [owner.metadata.uid, owner.metadata])).values()];
          const kind = { apiVersion: 'v1', kind: 'ConfigMap', blockOwnerDeletion: one.blocks };
          make(owners.map(({ name, uid }) => ({ ...kind, name, uid })));
        } else if (one.kind === 'absent owner')
          make([{ apiVersion: 'v1', kind: 'ConfigMap', name: 'never', uid: `never-${ownersOf.size}` }]);
        else if (one.kind === 'restart') {
          cluster.manager.stop();
          cluster.manager = cluster.startManager();
        } else {
          const victim = there[one.pick % Math.max(1, there.length)]?.metadata;
          if (victim !== undefined) {
            cluster.client.delete(configMaps, 'default', victim.name, { propagationPolicy: one.policy });
            asked.add(victim.uid);
          }
        }
        cluster.engine.runUntil(cluster.engine.now + wait * MILLISECOND);
      }
      cluster.wait(600);
      const left = new Set(cluster.list(configMaps).map(({ metadata }) => metadata.uid));
      for (const { metadata } of cluster.list(configMaps)) {
        const references = metadata.ownerReferences ?? [];
        if (references.length > 0) expect(references.some(({ uid }) => left.has(uid))).toBe(true);
        expect(metadata.deletionTimestamp).toBeUndefined();
      }
      for (const uid of asked) expect(left).not.toContain(uid);
      // Who was not deleted and has no owner, or one that is left, is still there.
      for (const [uid, owners] of ownersOf) {
        if (asked.has(uid)) continue;
        if (owners.length === 0 || owners.some((owner) => left.has(owner))) expect(left).toContain(uid);
      }
    }),
    { seed: 5, numRuns },
  );
});
