import { anyView, type FieldView, type SchemaView } from '../../api/patch/schema-view.ts';

/**
 * The merge keys of Kubernetes' own types, which kubectl carries with its Go types (patchMergeKey tags). A list that is not
 * named here is replaced as a whole; a name that means different things has the types it stands in.
 */
const MERGE_KEYS: Record<string, string> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  env: 'name',
  imagePullSecrets: 'name',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
  resourceClaims: 'name',
  schedulingGates: 'name',
  ownerReferences: 'uid',
  conditions: 'type',
  addresses: 'type',
  podIPs: 'ip',
  hostIPs: 'ip',
  secrets: 'name',
  webhooks: 'name',
  validations: 'expression',
  drivers: 'name',
};

/** Lists of plain values that are merged. */
const MERGED_SETS = new Set(['finalizers', 'podCIDRs']);
/** Maps whose other keys go when one of them is set (patchStrategy retainKeys). */
const RETAIN = new Set(['strategy', 'volumes']);

function fieldOf(parent: string, kind: string, name: string): FieldView {
  let key = Object.hasOwn(MERGE_KEYS, name) ? MERGE_KEYS[name] : undefined;
  if (name === 'ports')
    key =
      parent === 'containers' || parent === 'initContainers' || parent === 'ephemeralContainers'
        ? 'containerPort'
        : kind === 'Service'
          ? 'port'
          : undefined;
  if (name === 'addresses' && kind !== 'Node') key = undefined;
  if (name === 'secrets' && kind !== 'ServiceAccount') key = undefined;
  if (name === 'resourceClaims' && parent === 'status') key = undefined;
  if (name === 'conditions' && kind === 'HorizontalPodAutoscaler') key = 'type';
  if (name === 'conditions' && (kind === 'PersistentVolume' || kind === 'NetworkPolicy')) key = undefined;
  const merged = key !== undefined || MERGED_SETS.has(name);
  return {
    schema: viewBelow(name, kind),
    wire: name,
    patchStrategy: merged ? 'merge' : undefined,
    retainKeys: RETAIN.has(name) && (name !== 'strategy' || kind === 'Deployment'),
    patchMergeKey: key,
    zero: undefined,
  };
}

function viewBelow(parent: string, kind: string): SchemaView {
  const view = {
    ...anyView,
    kind: 'struct' as const,
    open: true,
    field: (name: string) => fieldOf(parent, kind, name),
  };
  // The items of a list are known by the list's name as well: env and ports of containers are merged in their turn.
  return Object.defineProperty(view, 'element', { enumerable: true, get: () => view }) as SchemaView;
}

/** The view of a built-in kind for two-way and three-way strategic patches. */
export function patchView(kind: string): SchemaView {
  return viewBelow('', kind);
}
