import type { ApiObject } from '../api.ts';
import type { Item, Json } from './kustomization.ts';
import { podSpec } from './transformers.ts';

export function renameAll(items: readonly Item[], nameFor: (item: Item) => string): void {
  const renames = new Map<string, string>();
  for (const item of items) {
    const before = item.object.metadata.name ?? '';
    const after = nameFor(item);
    if (before !== after) renames.set(`${item.object.kind}/${before}`, after);
    item.object.metadata = { ...item.object.metadata, name: after };
  }
  for (const { object } of items) renameReferences(object, (kind, name) => renames.get(`${kind}/${name}`) ?? name);
}

/** Whether a subject's namespace can be that of the accounts in this build. */
function sameNamespace(given: unknown, own: string | undefined): boolean {
  return given === undefined || given === (own ?? 'default');
}

type Rename = (kind: string, name: string) => string;

export function renameReferences(object: ApiObject, rename: Rename): void {
  const set = (holder: unknown, key: string, kind: string): void => {
    const record = holder as Json | undefined;
    if (typeof record?.[key] === 'string') record[key] = rename(kind, record[key]);
  };
  const spec = podSpec(object);
  if (spec !== undefined) {
    set(spec, 'serviceAccountName', 'ServiceAccount');
    set(spec, 'priorityClassName', 'PriorityClass');
    for (const secret of (spec.imagePullSecrets ?? []) as Json[]) set(secret, 'name', 'Secret');
    for (const volume of (spec.volumes ?? []) as Json[]) {
      set(volume.configMap, 'name', 'ConfigMap');
      set(volume.secret, 'secretName', 'Secret');
      set(volume.persistentVolumeClaim, 'claimName', 'PersistentVolumeClaim');
      for (const source of ((volume.projected as Json | undefined)?.sources ?? []) as Json[]) {
        set(source.configMap, 'name', 'ConfigMap');
        set(source.secret, 'name', 'Secret');
      }
    }
    for (const key of ['containers', 'initContainers'])
      for (const container of (spec[key] ?? []) as Json[]) {
        for (const variable of (container.env ?? []) as Json[]) {
          const from = variable.valueFrom as Json | undefined;
          set(from?.configMapKeyRef, 'name', 'ConfigMap');
          set(from?.secretKeyRef, 'name', 'Secret');
        }
        for (const source of (container.envFrom ?? []) as Json[]) {
          set(source.configMapRef, 'name', 'ConfigMap');
          set(source.secretRef, 'name', 'Secret');
        }
      }
  }
  if (object.kind === 'StatefulSet') set(object.spec, 'serviceName', 'Service');
  if (object.kind === 'HorizontalPodAutoscaler') {
    const target = (object.spec as Json).scaleTargetRef as Json | undefined;
    set(target, 'name', String(target?.kind ?? ''));
  }
  if (object.kind === 'Ingress') {
    const ingress = object.spec as {
      defaultBackend?: Json;
      rules?: { http?: { paths?: { backend?: Json }[] } }[];
      tls?: Json[];
    };
    set(ingress.defaultBackend?.service, 'name', 'Service');
    for (const rule of ingress.rules ?? [])
      for (const path of rule.http?.paths ?? []) set(path.backend?.service, 'name', 'Service');
    for (const tls of ingress.tls ?? []) set(tls, 'secretName', 'Secret');
  }
  if (object.kind === 'RoleBinding' || object.kind === 'ClusterRoleBinding') {
    const role = object.roleRef as Json | undefined;
    set(role, 'name', String(role?.kind ?? ''));
    for (const subject of (object.subjects ?? []) as Json[])
      if (subject.kind === 'ServiceAccount' && sameNamespace(subject.namespace, object.metadata.namespace))
        set(subject, 'name', 'ServiceAccount');
  }
}
