import type { AnyObject } from '../../api/objects.ts';
import { formatTime } from '../../engine/index.ts';
import type { ApiServer } from '../server.ts';
import { DEFAULT_BINDINGS, DEFAULT_ROLES } from './default-roles.ts';

const GROUP = 'rbac.authorization.k8s.io';
const ANNOTATIONS = Object.freeze({ 'rbac.authorization.kubernetes.io/autoupdate': 'true' });
const LABELS = Object.freeze({ 'kubernetes.io/bootstrapping': 'rbac-defaults' });

/**
 * Makes the default roles and bindings, as far as they do not exist (the rbac/bootstrap-roles hook). They go straight to the store: they are
 * the same in every cluster, and known to be right.
 */
export function bootstrapRoles(server: ApiServer): void {
  const { store, engine } = server;
  const uids = engine.random('apiserver/uids');
  const creationTimestamp = formatTime(engine.now);
  const make = (
    plural: string,
    kind: string,
    name: string,
    namespace: string | undefined,
    labels: AnyObject['metadata']['labels'],
    content: Record<string, unknown>,
  ) => {
    const key = namespace === undefined ? name : `${namespace}/${name}`;
    if (store.get(`${plural}.${GROUP}`, key) !== undefined) return;
    store.create(`${plural}.${GROUP}`, key, {
      apiVersion: `${GROUP}/v1`,
      kind,
      metadata: {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        uid: uids.uuid(),
        creationTimestamp,
        resourceVersion: '',
        annotations: ANNOTATIONS,
        labels: labels === undefined ? LABELS : { ...LABELS, ...labels },
      },
      ...content,
    });
  };
  for (const { name, namespace, labels, aggregates, rules } of DEFAULT_ROLES) {
    const aggregationRule =
      aggregates === undefined
        ? {}
        : {
            aggregationRule: {
              clusterRoleSelectors: [{ matchLabels: { [`${LABEL}${aggregates}`]: 'true' } }],
            },
          };
    const [plural, kind] =
      namespace === undefined ? (['clusterroles', 'ClusterRole'] as const) : (['roles', 'Role'] as const);
    make(plural, kind, name, namespace, labels, { ...aggregationRule, rules });
  }
  for (const { name, namespace, role, subjects } of DEFAULT_BINDINGS) {
    const [plural, kind, roleKind] =
      namespace === undefined
        ? (['clusterrolebindings', 'ClusterRoleBinding', 'ClusterRole'] as const)
        : (['rolebindings', 'RoleBinding', 'Role'] as const);
    const roleRef = { apiGroup: GROUP, kind: roleKind, name: role };
    make(plural, kind, name, namespace, undefined, subjects.length === 0 ? { roleRef } : { roleRef, subjects });
  }
}

const LABEL = 'rbac.authorization.k8s.io/aggregate-to-';
