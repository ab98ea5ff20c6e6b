import type * as CoreV1 from 'kubernetes-types/core/v1';
import { deepFreeze } from '../../api/equality.ts';
import { generateName } from '../../api/names.ts';
import type { Pod, ServiceAccount } from '../../api/objects.ts';
import type { AdmissionContext, AdmissionPlugin } from './plugin.ts';
import { refuse } from './refuse.ts';

const MIRROR = 'kubernetes.io/config.mirror';
const ENFORCE_MOUNTABLE = 'kubernetes.io/enforce-mountable-secrets';
const VOLUME = 'kube-api-access-';
const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';

/** What the token volume holds: a token of an hour and a bit, the cluster's CA, the namespace (TokenVolumeSource). The same for every pod. */
const PROJECTED = deepFreeze({
  defaultMode: 0o644,
  sources: [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { items: [{ key: 'ca.crt', path: 'ca.crt' }], name: 'kube-root-ca.crt' } },
    {
      downwardAPI: {
        items: [{ fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' }, path: 'namespace' }],
      },
    },
  ],
});

/**
 * Gives every pod a service account that exists, mounts a token of it, and hands down its image pull secrets
 * (plugin/pkg/admission/serviceaccount).
 */
export const serviceAccountAdmission: AdmissionPlugin = {
  name: 'ServiceAccount',
  handles: (operation, resource, subresource) =>
    resource === 'pods' && operation === 'CREATE' && subresource === undefined,
  mutate(attributes, context) {
    const pod = attributes.object as unknown as Pod;
    if (pod.metadata.annotations?.[MIRROR] !== undefined) {
      const why = mirrorProblem(pod);
      if (why !== undefined) throw refuse(attributes, why);
      return false;
    }
    const spec = { ...pod.spec };
    pod.spec = spec;
    spec.serviceAccountName = spec.serviceAccountName || spec.serviceAccount || 'default';
    spec.serviceAccount = spec.serviceAccountName;
    const { namespace } = pod.metadata;
    const account = context.store.get('serviceaccounts', `${namespace}/${spec.serviceAccountName}`) as
      | ServiceAccount
      | undefined;
    if (account === undefined) {
      const name = spec.serviceAccountName;
      throw refuse(
        attributes,
        `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
      );
    }
    if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(spec, context);
    if ((spec.imagePullSecrets?.length ?? 0) === 0 && (account.imagePullSecrets?.length ?? 0) > 0)
      spec.imagePullSecrets = account.imagePullSecrets;
    if (account.metadata.annotations?.[ENFORCE_MOUNTABLE]?.toLowerCase() === 'true') {
      const why = unmountableSecret(spec, account);
      if (why !== undefined) throw refuse(attributes, why);
    }
    return true;
  },
};

/** What a static pod's mirror may not have (the kubelet cannot give it any of it). */
function mirrorProblem({ spec }: Pod): string | undefined {
  if ((spec.serviceAccountName ?? '') !== '') return 'a mirror pod may not reference service accounts';
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const secrets =
    (spec.imagePullSecrets?.length ?? 0) > 0 ||
    (spec.volumes ?? []).some(
      ({ secret, projected }) =>
        secret !== undefined || projected?.sources?.some((source) => source.secret !== undefined) === true,
    ) ||
    containers.some(
      ({ env = [], envFrom = [] }) =>
        env.some(({ valueFrom }) => valueFrom?.secretKeyRef !== undefined) ||
        envFrom.some(({ secretRef }) => secretRef !== undefined),
    );
  if (secrets) return 'a mirror pod may not reference secrets';
  const tokens = (spec.volumes ?? []).some(
    ({ projected }) => projected?.sources?.some((source) => source.serviceAccountToken !== undefined) === true,
  );
  return tokens ? 'a mirror pod may not use ServiceAccountToken volume projections' : undefined;
}

/** Mounts the token in every container that has nothing at its path. Changes `spec`, which is private. */
function mountToken(spec: Pod['spec'], { engine }: AdmissionContext): void {
  const had = spec.volumes?.find(({ name }) => name.startsWith(VOLUME));
  const random = engine.random('apiserver/names');
  const name = had?.name ?? generateName(VOLUME, (limit) => random.below(limit));
  const mount = { mountPath: MOUNT_PATH, name, readOnly: true };
  let mounted = false;
  const withMount = (container: CoreV1.Container): CoreV1.Container => {
    const { volumeMounts } = container;
    if (volumeMounts?.some(({ mountPath }) => mountPath === MOUNT_PATH) === true) return container;
    mounted = true;
    return { ...container, volumeMounts: volumeMounts === undefined ? [mount] : [...volumeMounts, mount] };
  };
  if (spec.initContainers !== undefined) spec.initContainers = spec.initContainers.map(withMount);
  spec.containers = spec.containers.map(withMount);
  if (!mounted || had !== undefined) return;
  const volume = { name, projected: PROJECTED as CoreV1.ProjectedVolumeSource };
  spec.volumes = spec.volumes === undefined ? [volume] : [...spec.volumes, volume];
}

/** The first secret that the pod uses although its account does not list it (limitSecretReferences). */
function unmountableSecret(spec: Pod['spec'], account: ServiceAccount): string | undefined {
  const { name } = account.metadata;
  const mountable = new Set((account.secrets ?? []).map((secret) => secret.name));
  for (const { secret } of spec.volumes ?? []) {
    if (secret !== undefined && !mountable.has(secret.secretName))
      return `volume with secret.secretName="${secret.secretName}" is not allowed because service account ${name} does not reference that secret`;
  }
  for (const [kind, containers] of [
    ['init container', spec.initContainers ?? []],
    ['container', spec.containers],
  ] as const) {
    for (const container of containers) {
      for (const { name: variable, valueFrom } of container.env ?? []) {
        const secret = valueFrom?.secretKeyRef;
        if (secret !== undefined && !mountable.has(secret.name))
          return `${kind} ${container.name} with envVar ${variable} referencing secret.secretName="${secret.name}" is not allowed because service account ${name} does not reference that secret`;
      }
    }
  }
  const pullable = new Set((account.imagePullSecrets ?? []).map((secret) => secret.name));
  for (const [index, secret] of (spec.imagePullSecrets ?? []).entries()) {
    if (!pullable.has(secret.name))
      return `imagePullSecrets[${index}].name="${secret.name}" is not allowed because service account ${name} does not reference that imagePullSecret`;
  }
  return undefined;
}
