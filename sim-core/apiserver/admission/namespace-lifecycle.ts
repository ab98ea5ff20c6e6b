import type { Namespace } from '../../api/objects.ts';
import { forbidden, notFound, StatusError } from '../../api/status.ts';
import type { AdmissionPlugin } from './plugin.ts';

const NAMESPACES = { group: '', plural: 'namespaces' };
/** Namespaces that must not be deleted. */
const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);

/** Refuses to create in namespaces that do not exist or are going, and to delete those that must stay. */
export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  handles: (operation, resource) => operation === 'CREATE' || (operation === 'DELETE' && resource === 'namespaces'),
  validate({ operation, request }) {
    if (operation === 'DELETE' && IMMORTAL.has(request.name ?? ''))
      throw forbidden(NAMESPACES, request.name!, 'this namespace may not be deleted');
  },
  refuse({ operation, request, object }, { store }) {
    if (operation !== 'CREATE') return;
    const { namespace, target } = request;
    const { resource } = target;
    if (!resource.namespaced || namespace === undefined || resource.group === 'authorization.k8s.io') return;
    const found = store.get('namespaces', namespace) as Namespace | undefined;
    if (found === undefined) throw notFound(NAMESPACES, namespace);
    if (request.subresource !== undefined || found.status.phase !== 'Terminating') return;
    const name = object?.metadata.name ?? '';
    const error = forbidden(
      resource,
      name,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
    );
    const { message, details } = error.status;
    throw new StatusError(403, 'Forbidden', message!, {
      ...details,
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    });
  },
};
