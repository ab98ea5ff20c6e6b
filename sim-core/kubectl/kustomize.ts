import { base64OfBytes } from '../api/base64.ts';
import { decodeUtf8, encodeUtf8, isUtf8 } from '../api/utf8.ts';
import type { ApiObject } from './api.ts';
import type { KubectlEnvironment } from './environment.ts';
import { asError, KubectlError } from './errors.ts';
import {
  copy,
  DEPRECATED,
  FILES,
  type GeneratorArgs,
  type GeneratorOptions,
  type Item,
  idOf,
  type Json,
  KNOWN,
  type Kustomization,
  MISSING,
  type PatchEntry,
} from './kustomize/kustomization.ts';
import { renameAll } from './kustomize/names.ts';
import { applyReplacements } from './kustomize/replacements.ts';
import {
  applyPatch,
  bindingSubjects,
  CLUSTER_SCOPED,
  setAnnotations,
  setImages,
  setLabels,
} from './kustomize/transformers.ts';
import { parseManifests, parseYamlDocument } from './manifests.ts';
import { hashName } from './name-hash.ts';
import { basename, join, resolvePath } from './paths.ts';

class Build {
  readonly #env: KubectlEnvironment;
  readonly #visiting: string[] = [];
  /** Whether the folder that is built wants its objects in the order in which they come. */
  fifo = false;

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
    if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length === 0)
      throw new KubectlError(`kustomization.yaml is empty`);
    const unknown = Object.keys(value).find((key) => !KNOWN.has(key));
    if (unknown !== undefined)
      throw new KubectlError(
        MISSING.has(unknown)
          ? `the field ${JSON.stringify(unknown)} of ${shown} is not available here; this kustomize knows ${[...KNOWN].join(', ')}`
          : `invalid Kustomization: json: unknown field ${JSON.stringify(unknown)}`,
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
    if (this.#visiting.length === 1) this.fifo = kustomization.sortOptions?.order === 'fifo';
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
      if (kind === 'directory') {
        const frame = (what: string, error: unknown) =>
          new KubectlError(
            `accumulating resources: accumulation err='accumulating resources from '${entry}': '${path}' must resolve to a file': ${what}${asError(error).message}`,
          );
        const below = await this.folder(path, entry).catch((error: unknown) => {
          const cycle = error instanceof KubectlError && error.message.startsWith('cycle detected');
          throw frame(cycle ? '' : `recursed accumulation of path '${path}': `, error);
        });
        try {
          checkDuplicates([...items, ...below]);
        } catch (error) {
          throw frame(`recursed merging from path '${path}': `, error);
        }
        items.push(...below);
      } else if (kind === 'file') {
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
      if (kind === 'Secret') data[key] = base64OfBytes(value);
      else if (isUtf8(value)) data[key] = decodeUtf8(value);
      else binary[key] = base64OfBytes(value);
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
    if (k.replacements !== undefined) applyReplacements(items, k.replacements);
    return items;
  }
}

function checkDuplicates(items: readonly Item[]): void {
  const seen = new Set<string>();
  for (const { object } of items) {
    const key = `${object.apiVersion} ${object.kind} ${object.metadata?.namespace ?? ''} ${object.metadata?.name ?? ''}`;
    if (seen.has(key)) throw new KubectlError(`may not add resource with an already registered id: ${idOf(object)}`);
    seen.add(key);
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
  const build = new Build(env);
  const items = await build.folder(path, folder);
  renameAll(items, (item) =>
    item.hash ? `${item.object.metadata.name}-${hashName(item.object, '')}` : (item.object.metadata.name ?? ''),
  );
  if (build.fifo) return items.map(({ object }) => copy(object));
  return items
    .map(({ object }) => copy(object))
    .map((object) => ({ object, key: orderKey(object) }))
    .sort((a, b) => a.key.rank - b.key.rank || (a.key.text < b.key.text ? -1 : 1))
    .map(({ object }) => object);
}
