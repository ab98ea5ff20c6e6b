import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import { controllerReference, type KubeObject, type NewObject, type Pod } from '../../api/objects.ts';
import { isNotFound, StatusError } from '../../api/status.ts';
import type { Client, EventRecorder } from '../../client/index.ts';
import { pods } from '../../resources/pod.ts';

/** What making and deleting pods needs. */
export interface PodControl {
  readonly client: Client;
  readonly events: EventRecorder;
}

/** A pod as `owner`'s template describes it, owned by `owner` (controller.GetPodFromTemplate). The spec stays shared. */
export function podFromTemplate(template: PodTemplateSpec, owner: KubeObject): NewObject<Pod> {
  const { labels = {}, annotations, finalizers } = template.metadata ?? {};
  return {
    metadata: {
      generateName: `${owner.metadata.name}-`,
      namespace: owner.metadata.namespace,
      labels,
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [controllerReference(owner)],
    },
    spec: template.spec ?? { containers: [] },
  };
}

/** Creates a pod for `owner`, and says so, or why not, in an event (controller.RealPodControl). */
export function createPod({ client, events }: PodControl, owner: KubeObject, pod: NewObject<Pod>): Pod {
  try {
    const created = client.create(pods, pod);
    events.normal(owner, 'SuccessfulCreate', `Created pod: ${created.metadata.name}`);
    return created;
  } catch (error) {
    // While a namespace is being deleted nothing can be created in it: not worth an event that cannot be created either.
    if (error instanceof StatusError && !isNamespaceTerminating(error)) {
      events.warning(owner, 'FailedCreate', `Error creating: ${error.message}`);
    }
    throw error;
  }
}

/** Deletes a pod of `owner`, and says so in an event. Throws NotFound when it is gone already. */
export function deletePod({ client, events }: PodControl, owner: KubeObject, pod: Pod): void {
  const { namespace, name } = pod.metadata;
  try {
    client.delete(pods, namespace, name);
  } catch (error) {
    if (error instanceof StatusError && !isNotFound(error)) {
      events.warning(owner, 'FailedDelete', `Error deleting: ${error.message}`);
    }
    throw error;
  }
  events.normal(owner, 'SuccessfulDelete', `Deleted pod: ${name}`);
}

/** Whether a creation was refused because its namespace is being deleted. */
export function isNamespaceTerminating(error: unknown): boolean {
  if (!(error instanceof StatusError)) return false;
  return error.status.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating') === true;
}
