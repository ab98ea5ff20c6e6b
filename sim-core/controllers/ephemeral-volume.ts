import { controllerReference, objectKey, type Pod } from '../api/objects.ts';
import { StatusError } from '../api/status.ts';
import { persistentVolumeClaims } from '../resources/persistent-volume-claim.ts';
import { pods } from '../resources/pod.ts';
import type { ControllerDefinition } from './controller.ts';
import { isTerminating } from './shared/pods.ts';

/** The ephemeral volume controller (pkg/controller/volume/ephemeral): makes the claims of pods' generic ephemeral volumes. */
export const ephemeralVolumeController: ControllerDefinition = {
  name: 'ephemeral-volume-controller',
  eventSource: 'ephemeral_volume',
  setUp(context) {
    const { client, events, informers } = context;
    const podInformer = informers.for(pods);
    const claims = informers.for(persistentVolumeClaims);
    const queue = context.queue({ reconcile });
    podInformer.addHandler({
      added(pod) {
        if (pod.spec.volumes?.some(({ ephemeral }) => ephemeral !== undefined) === true) queue.add(objectKey(pod));
      },
    });
    claims.addHandler({
      deleted({ metadata }) {
        const owner = metadata.ownerReferences?.find(({ kind, controller }) => kind === 'Pod' && controller === true);
        if (owner !== undefined) queue.add(`${metadata.namespace}/${owner.name}`);
      },
    });

    function reconcile(key: string): void {
      const pod = podInformer.getByKey(key);
      if (pod === undefined || isTerminating(pod)) return;
      for (const { name, ephemeral } of pod.spec.volumes ?? []) {
        const template = ephemeral?.volumeClaimTemplate;
        if (template !== undefined) ensureClaim(pod, `${pod.metadata.name}-${name}`, template);
      }
    }

    function ensureClaim(pod: Pod, name: string, { metadata, spec }: ClaimTemplate): void {
      const { namespace, uid } = pod.metadata;
      const existing = claims.get(namespace, name);
      if (existing !== undefined) {
        if (existing.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true) return;
        throw new StatusError(
          409,
          'Conflict',
          `PVC ${namespace}/${name} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`,
        );
      }
      try {
        client.create(persistentVolumeClaims, {
          metadata: {
            name,
            namespace,
            ...(metadata?.labels === undefined ? {} : { labels: metadata.labels }),
            ...(metadata?.annotations === undefined ? {} : { annotations: metadata.annotations }),
            ownerReferences: [controllerReference(pod)],
          },
          spec,
        });
      } catch (error) {
        if (error instanceof StatusError) {
          events.warning(pod, 'FailedCreate', `ephemeral volume ${name}: create PVC: ${error.message}`);
        }
        throw error;
      }
    }
  },
};

type ClaimTemplate = NonNullable<
  NonNullable<NonNullable<Pod['spec']['volumes']>[number]['ephemeral']>['volumeClaimTemplate']
>;
