import { applyJsonPatch } from '../../api/patch/json-patch.ts';
import { applyMergePatch } from '../../api/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '../../api/patch/strategic-merge.ts';
import type { ApiObject } from '../api.ts';
import { patchView } from '../apply/patch-view.ts';
import { KubectlError } from '../errors.ts';
import { parseManifests, parseYamlDocument } from '../manifests.ts';
import { copy, type Item, idOf, type Json, type PatchEntry } from './kustomization.ts';

export const CLUSTER_SCOPED = new Set(
  'Namespace Node PersistentVolume ClusterRole ClusterRoleBinding CustomResourceDefinition StorageClass PriorityClass IngressClass RuntimeClass ValidatingWebhookConfiguration MutatingWebhookConfiguration APIService CSIDriver CSINode VolumeAttachment CertificateSigningRequest'.split(
    ' ',
  ),
);

export function bindingSubjects(object: ApiObject, namespace: string): void {
  if (object.kind !== 'RoleBinding' && object.kind !== 'ClusterRoleBinding') return;
  for (const subject of (object.subjects ?? []) as Json[])
    if (subject.kind === 'ServiceAccount' && subject.name === 'default') subject.namespace = namespace;
}

export function applyPatch(items: Item[], entry: PatchEntry, text: string): Item[] {
  const value = text.trimStart().startsWith('[') || /^-\s/.test(text.trimStart()) ? parseYamlDocument(text) : undefined;
  const patches = Array.isArray(value) ? [] : parseManifestsLoosely(text);
  const out: Item[] = [];
  const targets = (item: Item, patch: ApiObject | undefined): boolean => {
    const { target } = entry;
    if (target === undefined)
      return (
        patch !== undefined &&
        item.object.kind === patch.kind &&
        [item.object.metadata.name, item.original].includes(patch.metadata?.name ?? '')
      );
    const matches = (wanted: string | undefined, actual: string | undefined): boolean =>
      wanted === undefined || new RegExp(`^(?:${wanted})$`).test(actual ?? '');
    const slash = item.object.apiVersion.indexOf('/');
    const labels = item.object.metadata.labels ?? {};
    return (
      matches(target.kind, item.object.kind) &&
      (matches(target.name, item.object.metadata.name) || matches(target.name, item.original)) &&
      matches(target.namespace, item.object.metadata.namespace) &&
      matches(target.group, slash < 0 ? '' : item.object.apiVersion.slice(0, slash)) &&
      matches(target.version, item.object.apiVersion.slice(slash + 1)) &&
      (target.labelSelector === undefined ||
        target.labelSelector.split(',').every((pair) => labels[pair.split('=')[0]!] === pair.split('=').at(-1)))
    );
  };
  let hits = 0;
  for (const item of items) {
    let object: ApiObject | undefined = item.object;
    if (Array.isArray(value)) {
      if (targets(item, undefined)) {
        object = copy(applyJsonPatch(object, value) as ApiObject);
        hits++;
      }
    } else
      for (const patch of patches) {
        if (object === undefined || !targets({ ...item, object }, patch)) continue;
        hits++;
        if ((patch as Json).$patch === 'delete') {
          object = undefined;
          continue;
        }
        const { name } = object.metadata;
        const known = !object.apiVersion.includes('.') || object.apiVersion.includes('.k8s.io/');
        const merged: ApiObject = copy(
          known
            ? (applyStrategicMergePatch(object as Json, patch as Json, patchView(object.kind)) as unknown as ApiObject)
            : (applyMergePatch(object, patch) as ApiObject),
        );
        merged.metadata = { ...merged.metadata, name };
        merged.kind = object.kind;
        object = merged;
      }
    if (object !== undefined) out.push({ ...item, object });
  }
  if (hits === 0 && entry.target === undefined && patches[0] !== undefined) {
    const [patch] = patches;
    throw new KubectlError(
      `no resource matches strategic merge patch "${idOf(patch)}": no matches for Id ${idOf(patch)}; failed to find unique target for patch ${idOf(patch)}`,
    );
  }
  return out;
}

function parseManifestsLoosely(text: string): ApiObject[] {
  return parseManifests(text, 'patch').map(({ object }) => object);
}

export function templateOf(object: ApiObject): Json | undefined {
  const spec = object.spec as Json | undefined;
  if (object.kind === 'CronJob')
    return ((spec?.jobTemplate as Json | undefined)?.spec as Json | undefined)?.template as Json | undefined;
  return spec?.template as Json | undefined;
}

export function podSpec(object: ApiObject): Json | undefined {
  return object.kind === 'Pod' ? (object.spec as Json) : (templateOf(object)?.spec as Json | undefined);
}

export function setLabels(
  object: ApiObject,
  labels: Record<string, string> | undefined,
  selectors: boolean,
  templates: boolean,
): void {
  if (labels === undefined) return;
  object.metadata.labels = { ...object.metadata.labels, ...labels };
  const template = templateOf(object);
  if (templates && template !== undefined) {
    const metadata = (template.metadata ?? {}) as Json;
    template.metadata = { ...metadata, labels: { ...((metadata.labels ?? {}) as Json), ...labels } };
  }
  if (!selectors) return;
  const spec = object.spec as Json | undefined;
  if (spec === undefined) return;
  if (object.kind === 'Service' && spec.selector !== undefined)
    spec.selector = { ...(spec.selector as Json), ...labels };
  if (object.kind === 'ReplicationController' && spec.selector !== undefined)
    spec.selector = { ...(spec.selector as Json), ...labels };
  const withSelector = ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'PodDisruptionBudget'];
  if (withSelector.includes(object.kind) && (spec.selector !== undefined || object.kind !== 'PodDisruptionBudget')) {
    const selector = (spec.selector ?? {}) as Json;
    spec.selector = { ...selector, matchLabels: { ...((selector.matchLabels ?? {}) as Json), ...labels } };
  }
  if (object.kind === 'NetworkPolicy' && (spec.podSelector as Json | undefined)?.matchLabels !== undefined) {
    const selector = spec.podSelector as Json;
    spec.podSelector = { ...selector, matchLabels: { ...(selector.matchLabels as Json), ...labels } };
  }
}

export function setAnnotations(object: ApiObject, annotations: Record<string, string>): void {
  object.metadata.annotations = { ...object.metadata.annotations, ...annotations };
  const template = templateOf(object);
  if (template === undefined) return;
  const metadata = (template.metadata ?? {}) as Json;
  template.metadata = { ...metadata, annotations: { ...((metadata.annotations ?? {}) as Json), ...annotations } };
}

export function setImages(
  object: ApiObject,
  image: { name: string; newName?: string; newTag?: string; digest?: string },
): void {
  const spec = podSpec(object);
  for (const key of ['containers', 'initContainers', 'ephemeralContainers'])
    for (const container of (spec?.[key] ?? []) as Json[]) {
      const current = String(container.image ?? '');
      const match = /^(.*?)(?::([^:/@]+))?(@.+)?$/.exec(current)!;
      const [, name = '', tag, digest] = match;
      if (name !== image.name) continue;
      const base = image.newName ?? name;
      if (image.digest !== undefined) container.image = `${base}@${image.digest}`;
      else if (image.newTag !== undefined) container.image = `${base}:${image.newTag}`;
      else container.image = `${base}${tag === undefined ? '' : `:${tag}`}${digest ?? ''}`;
    }
}

/** Renames objects and the references to them. */
