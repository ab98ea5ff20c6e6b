import { applyJsonPatch } from '../api/patch/json-patch.ts';
import { applyMergePatch } from '../api/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '../api/patch/strategic-merge.ts';
import type { ApiObject } from './api.ts';
import { patchView } from './apply/patch-view.ts';
import { base64Encode, decodeUtf8, encodeUtf8, isUtf8 } from './bytes.ts';
import type { KubectlEnvironment } from './environment.ts';
import { KubectlError } from './errors.ts';
import { parseManifests, parseYamlDocument } from './manifests.ts';
import { hashName } from './name-hash.ts';
import { basename, join, resolvePath } from './paths.ts';

interface GeneratorArgs {
  name: string;
  namespace?: string;
  behavior?: string;
  type?: string;
  literals?: string[];
  files?: string[];
  envs?: string[];
  env?: string;
  options?: GeneratorOptions;
}

interface GeneratorOptions {
  disableNameSuffixHash?: boolean;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

interface PatchEntry {
  path?: string;
  patch?: string;
  target?: {
    group?: string;
    version?: string;
    kind?: string;
    name?: string;
    namespace?: string;
    labelSelector?: string;
  };
}

interface Kustomization {
  kind?: string;
  resources?: string[];
  bases?: string[];
  components?: string[];
  namespace?: string;
  namePrefix?: string;
  nameSuffix?: string;
  commonLabels?: Record<string, string>;
  commonAnnotations?: Record<string, string>;
  labels?: { pairs: Record<string, string>; includeSelectors?: boolean; includeTemplates?: boolean }[];
  images?: { name: string; newName?: string; newTag?: string; digest?: string }[];
  replicas?: { name: string; count: number }[];
  configMapGenerator?: GeneratorArgs[];
  secretGenerator?: GeneratorArgs[];
  generatorOptions?: GeneratorOptions;
  patches?: PatchEntry[];
  patchesStrategicMerge?: string[];
  patchesJson6902?: PatchEntry[];
  [key: string]: unknown;
}

const FILES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
const DEPRECATED = [
  ['bases', 'resources'],
  ['commonLabels', 'labels'],
  ['patchesJson6902', 'patches'],
  ['patchesStrategicMerge', 'patches'],
] as const;
const KNOWN = new Set(
  'apiVersion kind metadata resources bases components namespace namePrefix nameSuffix commonLabels commonAnnotations labels images replicas configMapGenerator secretGenerator generatorOptions patches patchesStrategicMerge patchesJson6902'.split(
    ' ',
  ),
);

/** An object on its way through a build; `hash` asks for the content hash at the end. */
interface Item {
  object: ApiObject;
  original: string;
  hash: boolean;
  /** Where a generator replaces or merges into it. */
  readonly generated: boolean;
}

type Json = Record<string, unknown>;

function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

class Build {
  readonly #env: KubectlEnvironment;
  readonly #visiting: string[] = [];

  constructor(env: KubectlEnvironment) {
    this.#env = env;
  }

  async #read(path: string): Promise<Uint8Array> {
    return this.#env.files.read(path);
  }

  async #kind(path: string): Promise<'file' | 'directory' | undefined> {
    try {
      return (await this.#env.files.stat(path)).kind;
    } catch {
      return undefined;
    }
  }

  async #load(folder: string, shown: string): Promise<Kustomization> {
    const found: string[] = [];
    for (const name of FILES) if ((await this.#kind(join(folder, name))) === 'file') found.push(name);
    if (found.length === 0)
      throw new KubectlError(
        `unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${folder}'`,
      );
    if (found.length > 1) throw new KubectlError(`Found multiple kustomization files: ${folder}\n`.trimEnd());
    const value = parseYamlDocument(decodeUtf8(await this.#read(join(folder, found[0]!))));
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new KubectlError(`kustomization.yaml is empty`);
    const unknown = Object.keys(value).find((key) => !KNOWN.has(key));
    if (unknown !== undefined)
      throw new KubectlError(
        `invalid Kustomization: json: unknown field ${JSON.stringify(unknown)} (in ${shown}; this kustomize knows ${[...KNOWN].join(', ')})`,
      );
    return value as Kustomization;
  }

  /** Builds one folder: what it takes in, then what it makes, then what it changes. */
  async folder(folder: string, shown: string): Promise<Item[]> {
    if (this.#visiting.includes(folder))
      throw new KubectlError(`cycle detected: candidate root '${folder}' contains visited root '${this.#visiting[0]}'`);
    if (this.#visiting.length > 30) throw new KubectlError('kustomizations are nested too deeply');
    this.#visiting.push(folder);
    const kustomization = await this.#load(folder, shown);
    for (const [old, instead] of DEPRECATED)
      if (kustomization[old] !== undefined)
        this.#env.stderr.write(
          `# Warning: '${old}' is deprecated. Please use '${instead}' instead. Run 'kustomize edit fix' to update your Kustomization automatically.\n`,
        );
    let items: Item[] = [];
    for (const entry of [...(kustomization.resources ?? []), ...(kustomization.bases ?? [])]) {
      if (/^(https?:\/\/|git@|github\.com\/)/.test(entry))
        throw new KubectlError(
          `accumulating resources: accumulation err='accumulating resources from '${entry}': remote resources are not read here'`,
        );
      const path = resolvePath(folder, entry);
      const kind = await this.#kind(path);
      if (kind === 'directory') items.push(...(await this.folder(path, entry)));
      else if (kind === 'file') {
        for (const { object } of parseManifests(decodeUtf8(await this.#read(path)), entry))
          items.push({ object: copy(object), original: object.metadata?.name ?? '', hash: false, generated: false });
      } else
        throw new KubectlError(
          `accumulating resources: accumulation err='accumulating resources from '${entry}': evalsymlink failure on '${path}' : lstat ${path}: no such file or directory': must build at directory: not a valid directory: evalsymlink failure on '${path}' : lstat ${path}: no such file or directory`,
        );
    }
    checkDuplicates(items);
    for (const args of kustomization.configMapGenerator ?? [])
      items = await this.#generate(items, 'ConfigMap', args, folder, kustomization.generatorOptions);
    for (const args of kustomization.secretGenerator ?? [])
      items = await this.#generate(items, 'Secret', args, folder, kustomization.generatorOptions);
    for (const entry of kustomization.components ?? []) {
      const path = resolvePath(folder, entry);
      const component = await this.#load(path, entry);
      for (const resource of component.resources ?? [])
        for (const { object } of parseManifests(decodeUtf8(await this.#read(resolvePath(path, resource))), resource))
          items.push({ object: copy(object), original: object.metadata?.name ?? '', hash: false, generated: false });
      items = await this.#transform(items, component, path);
    }
    items = await this.#transform(items, kustomization, folder);
    this.#visiting.pop();
    return items;
  }

  async #generate(
    items: Item[],
    kind: 'ConfigMap' | 'Secret',
    args: GeneratorArgs,
    folder: string,
    options: GeneratorOptions | undefined,
  ): Promise<Item[]> {
    const data: Record<string, string> = {};
    const binary: Record<string, string> = {};
    const add = (key: string, value: Uint8Array): void => {
      if (kind === 'Secret') data[key] = base64Encode(value);
      else if (isUtf8(value)) data[key] = decodeUtf8(value);
      else binary[key] = base64Encode(value);
    };
    for (const env of [...(args.envs ?? []), ...(args.env === undefined ? [] : [args.env])])
      for (const line of decodeUtf8(await this.#read(resolvePath(folder, env))).split(/\r?\n/)) {
        const equals = line.indexOf('=');
        if (line.trim() !== '' && !line.trimStart().startsWith('#') && equals > 0)
          add(line.slice(0, equals), encodeUtf8(line.slice(equals + 1)));
      }
    for (const literal of args.literals ?? []) {
      const equals = literal.indexOf('=');
      if (equals < 1) throw new KubectlError(`invalid literal source ${literal}, expected key=value`);
      add(literal.slice(0, equals), encodeUtf8(literal.slice(equals + 1).replace(/^(['"])(.*)\1$/s, '$2')));
    }
    for (const file of args.files ?? []) {
      const equals = file.indexOf('=');
      const path = equals < 0 ? file : file.slice(equals + 1);
      add(equals < 0 ? basename(path) : file.slice(0, equals), await this.#read(resolvePath(folder, path)));
    }
    const merged = { ...options, ...args.options };
    const behavior = args.behavior ?? 'create';
    if (behavior !== 'create') {
      const found = items.find(({ object, original }) => object.kind === kind && original === args.name);
      if (found === undefined)
        throw new KubectlError(
          `merging from generator: id resid.ResId{Gvk:resid.Gvk{Version:"v1", Kind:"${kind}"}, Name:"${args.name}"} does not exist; cannot merge or replace`,
        );
      found.object.data = behavior === 'merge' ? { ...((found.object.data ?? {}) as Json), ...data } : data;
      return items;
    }
    const object: ApiObject = {
      apiVersion: 'v1',
      kind,
      metadata: { name: args.name, namespace: args.namespace },
      ...(Object.keys(data).length === 0 ? {} : { data }),
    };
    if (Object.keys(binary).length > 0) object.binaryData = binary;
    if (kind === 'Secret') object.type = args.type ?? 'Opaque';
    if (merged.labels !== undefined) object.metadata.labels = { ...options?.labels, ...args.options?.labels };
    if (merged.annotations !== undefined)
      object.metadata.annotations = { ...options?.annotations, ...args.options?.annotations };
    return [...items, { object, original: args.name, hash: merged.disableNameSuffixHash !== true, generated: true }];
  }

  async #transform(given: Item[], k: Kustomization, folder: string): Promise<Item[]> {
    let items = given;
    const patches: PatchEntry[] = [
      ...(k.patchesStrategicMerge ?? []).map((text) => (/[\n{]/.test(text) ? { patch: text } : { path: text })),
      ...(k.patches ?? []),
      ...(k.patchesJson6902 ?? []),
    ];
    for (const entry of patches) {
      const text =
        entry.path === undefined ? (entry.patch ?? '') : decodeUtf8(await this.#read(resolvePath(folder, entry.path)));
      items = applyPatch(items, entry, text);
    }
    for (const { object } of items) {
      if (k.namespace !== undefined && !CLUSTER_SCOPED.has(object.kind)) object.metadata.namespace = k.namespace;
      if (k.namespace !== undefined && object.kind === 'Namespace') object.metadata.name = k.namespace;
      if (k.namespace !== undefined) bindingSubjects(object, k.namespace);
      setLabels(object, k.commonLabels, true, true);
      for (const group of k.labels ?? [])
        setLabels(
          object,
          group.pairs,
          group.includeSelectors === true,
          group.includeSelectors === true || group.includeTemplates === true,
        );
      if (k.commonAnnotations !== undefined) setAnnotations(object, k.commonAnnotations);
      for (const image of k.images ?? []) setImages(object, image);
      for (const { name, count } of k.replicas ?? [])
        if (
          object.metadata.name === name &&
          ['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController'].includes(object.kind)
        )
          (object.spec as Json).replicas = count;
    }
    const [prefix, suffix] = [k.namePrefix ?? '', k.nameSuffix ?? ''];
    if (prefix !== '' || suffix !== '') {
      renameAll(items, ({ object }) =>
        object.kind === 'Namespace' || object.kind === 'CustomResourceDefinition'
          ? (object.metadata.name ?? '')
          : `${prefix}${object.metadata.name}${suffix}`,
      );
    }
    return items;
  }
}

function checkDuplicates(items: readonly Item[]): void {
  const seen = new Set<string>();
  for (const { object } of items) {
    const key = `${object.apiVersion} ${object.kind} ${object.metadata?.namespace ?? ''} ${object.metadata?.name ?? ''}`;
    if (seen.has(key))
      throw new KubectlError(
        `may not add resource with an already registered id: ${object.kind}.${object.apiVersion}/${object.metadata?.name ?? ''}`,
      );
    seen.add(key);
  }
}

const CLUSTER_SCOPED = new Set(
  'Namespace Node PersistentVolume ClusterRole ClusterRoleBinding CustomResourceDefinition StorageClass PriorityClass IngressClass RuntimeClass ValidatingWebhookConfiguration MutatingWebhookConfiguration APIService CSIDriver CSINode VolumeAttachment CertificateSigningRequest'.split(
    ' ',
  ),
);

function bindingSubjects(object: ApiObject, namespace: string): void {
  if (object.kind !== 'RoleBinding' && object.kind !== 'ClusterRoleBinding') return;
  for (const subject of (object.subjects ?? []) as Json[])
    if (subject.kind === 'ServiceAccount' && subject.name === 'default') subject.namespace = namespace;
}

function applyPatch(items: Item[], entry: PatchEntry, text: string): Item[] {
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
      `no resource matches strategic merge patch "${patch.kind}.${patch.apiVersion}/${patch.metadata?.name ?? ''}.[noNs]": no matches for Id ${patch.kind}.${patch.apiVersion}/${patch.metadata?.name ?? ''}.[noNs]; failed to find unique target for patch ${patch.kind}.${patch.apiVersion}/${patch.metadata?.name ?? ''}.[noNs]`,
    );
  }
  return out;
}

function parseManifestsLoosely(text: string): ApiObject[] {
  return parseManifests(text, 'patch').map(({ object }) => object);
}

function templateOf(object: ApiObject): Json | undefined {
  const spec = object.spec as Json | undefined;
  if (object.kind === 'CronJob')
    return ((spec?.jobTemplate as Json | undefined)?.spec as Json | undefined)?.template as Json | undefined;
  return spec?.template as Json | undefined;
}

function podSpec(object: ApiObject): Json | undefined {
  return object.kind === 'Pod' ? (object.spec as Json) : (templateOf(object)?.spec as Json | undefined);
}

function setLabels(
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

function setAnnotations(object: ApiObject, annotations: Record<string, string>): void {
  object.metadata.annotations = { ...object.metadata.annotations, ...annotations };
  const template = templateOf(object);
  if (template === undefined) return;
  const metadata = (template.metadata ?? {}) as Json;
  template.metadata = { ...metadata, annotations: { ...((metadata.annotations ?? {}) as Json), ...annotations } };
}

function setImages(
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
function renameAll(items: readonly Item[], nameFor: (item: Item) => string): void {
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

function renameReferences(object: ApiObject, rename: Rename): void {
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

const FIRST =
  'Namespace ResourceQuota StorageClass CustomResourceDefinition ServiceAccount PodSecurityPolicy Role ClusterRole RoleBinding ClusterRoleBinding ConfigMap Secret Endpoints Service LimitRange PriorityClass PersistentVolume PersistentVolumeClaim Deployment StatefulSet CronJob PodDisruptionBudget'.split(
    ' ',
  );
const LAST = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];

/** The order in which kubectl prints and applies: what others need first, webhooks last (kustomize's legacy order). */
function orderKey({ apiVersion, kind, metadata }: ApiObject): { rank: number; text: string } {
  const first = FIRST.indexOf(kind);
  const last = LAST.indexOf(kind);
  const rank = first >= 0 ? first - FIRST.length : last >= 0 ? last + 1 : 0;
  return { rank, text: `${apiVersion.replace('/', '_')}_${kind}|${metadata.namespace ?? ''}|${metadata.name ?? ''}` };
}

/** Builds a kustomization: `kubectl kustomize`, and `-k` of other commands. */
export async function buildKustomization(env: KubectlEnvironment, folder: string): Promise<ApiObject[]> {
  if (/^https?:\/\//.test(folder))
    throw new KubectlError(`kustomizations are not read from the network here: ${folder}`);
  const path = resolvePath(env.cwd, folder);
  try {
    await env.files.stat(path);
  } catch {
    throw new KubectlError(
      `must build at directory: not a valid directory: evalsymlink failure on '${folder}' : lstat ${path}: no such file or directory`,
    );
  }
  const items = await new Build(env).folder(path, folder);
  renameAll(items, (item) =>
    item.hash ? `${item.object.metadata.name}-${hashName(item.object, '')}` : (item.object.metadata.name ?? ''),
  );
  return items
    .map(({ object }) => copy(object))
    .map((object) => ({ object, key: orderKey(object) }))
    .sort((a, b) => a.key.rank - b.key.rank || (a.key.text < b.key.text ? -1 : 1))
    .map(({ object }) => object);
}
