import { type ErrorList, invalid } from '../../api/field-error.ts';
import { goQuote } from '../../api/go-format.ts';
import { isDNS1123Subdomain } from '../../api/names.ts';
import type { Pod } from '../../api/objects.ts';
import { decode } from '../../api/schema/decode.ts';
import { typeForKind } from '../../api/schema/schema.ts';
import { isAlreadyExists, StatusError } from '../../api/status.ts';
import { type Client, Unreachable } from '../../client/index.ts';
import { type Engine, fnv32a, formatNanoTime, type Micros, type Timer } from '../../engine/index.ts';
import type { Directory } from '../../images/file-node.ts';
import { pods } from '../../resources/pod.ts';
import { resolveInside } from './volumes/payload-directory.ts';

const HASH = 'kubernetes.io/config.hash';
const MIRROR = 'kubernetes.io/config.mirror';
const SEEN = 'kubernetes.io/config.seen';
const SOURCE = 'kubernetes.io/config.source';

/** Whether an object in the API only shows a static pod (kubetypes.IsMirrorPod). */
export function isMirror({ metadata }: Pod): boolean {
  return metadata.annotations !== undefined && Object.hasOwn(metadata.annotations, MIRROR);
}

/** Whether a mirror shows this very static pod, and not an earlier version of it. */
export function mirrors(mirror: Pod, pod: Pod): boolean {
  return mirror.metadata.annotations?.[MIRROR] === pod.metadata.annotations?.[HASH];
}

/** Reads manifests: YAML or JSON text to a value. Throws when it is neither. */
export type ManifestParser = (text: string) => unknown;

interface Options {
  readonly engine: Engine;
  readonly nodeName: string;
  /** The node's file tree, and the directory in it. */
  readonly root: Directory;
  readonly path: string;
  /** How often it is looked at as a whole (fileCheckFrequency). */
  readonly period: Micros;
  readonly parse: ManifestParser;
  readonly logError: (message: string) => void;
  readonly onAdded: (pod: Pod) => void;
  readonly onRemoved: (pod: Pod) => void;
}

/** A manifest as it was last read. */
interface ManifestFile {
  readonly text: string;
  /** The pod that runs for it: one of an earlier text while this one cannot be used. */
  readonly pod: Pod | undefined;
  /** Why this text cannot be used. */
  readonly failure: string | undefined;
}

function nameErrors(name: string): ErrorList {
  return isDNS1123Subdomain(name).map((message) => invalid('metadata.name', name, message));
}

/** Pods that a node runs because a file says so, whoever runs the cluster (config.sourceFile): how the control plane itself runs. */
export class StaticPods {
  private readonly options: Options;
  private readonly files = new Map<string, ManifestFile>();
  private timer: Timer | undefined;

  constructor(options: Options) {
    this.options = options;
  }

  start(): void {
    this.look(true);
    this.timer = this.options.engine.background(this.options.period, () => this.start());
  }

  stop(): void {
    this.options.engine.cancel(this.timer);
  }

  /** Reads the directory now: a file was written (inotify). */
  read(): void {
    this.look(false);
  }

  /** A look at the whole directory, from time to time, takes it as it is: of a file that cannot be read, no pod is left (listConfig). */
  private look(whole: boolean): void {
    const { root, path, engine, onRemoved } = this.options;
    const directory = resolveInside(root, path);
    if (directory === undefined && whole)
      this.options.logError(
        `file_linux.go:61] "Unable to read config path" err="path does not exist, ignoring" path=${goQuote(path)}`,
      );
    const entries = directory?.kind === 'directory' ? directory.entries : new Map();
    const gone = new Set(this.files.keys());
    for (const name of [...entries.keys()].sort()) {
      const node = entries.get(name);
      if (node?.kind !== 'file' || name.startsWith('.')) continue;
      gone.delete(name);
      const known = this.files.get(name);
      if (known?.text !== node.content) engine.asWork(() => this.replace(name, node.content, known?.pod));
      const { failure, pod, text } = this.files.get(name)!;
      if (failure === undefined) continue;
      this.complain(whole, name, failure);
      if (!whole || pod === undefined) continue;
      this.files.set(name, { text, failure, pod: undefined });
      engine.asWork(() => onRemoved(pod));
    }
    for (const name of gone) {
      const { pod } = this.files.get(name)!;
      this.files.delete(name);
      if (pod !== undefined) engine.asWork(() => onRemoved(pod));
    }
  }

  private replace(name: string, text: string, old: Pod | undefined): void {
    const { onAdded, onRemoved } = this.options;
    let pod: Pod;
    try {
      pod = this.complete(this.decode(text, name), name, text);
    } catch (error) {
      // What ran goes on until the directory is looked at as a whole.
      this.files.set(name, { text, pod: old, failure: error instanceof Error ? error.message : String(error) });
      return;
    }
    this.files.set(name, { text, pod, failure: undefined });
    if (old !== undefined) onRemoved(old);
    onAdded(pod);
  }

  private complain(whole: boolean, name: string, failure: string): void {
    const path = `${this.options.path}/${name}`;
    this.options.logError(
      whole
        ? `file.go:187] "Could not process manifest file" err=${goQuote(failure)} path=${goQuote(path)}`
        : `file.go:108] "Unable to process watch event" err=${goQuote(`can't process config file ${goQuote(path)}: ${failure}`)}`,
    );
  }

  /** The pod that a manifest describes (tryDecodeSinglePod). Throws what the kubelet logs when there is none in it. */
  private decode(text: string, name: string): Pod {
    try {
      const manifest = this.options.parse(text) as Partial<Pod> | null;
      for (const field of ['kind', 'apiVersion'] as const) {
        if (typeof manifest === 'object' && (manifest?.[field] ?? '') !== '') continue;
        const shown = field === 'kind' ? 'Kind' : field;
        throw new Error(`Object '${shown}' is missing in '${JSON.stringify(manifest)}'`);
      }
      if (manifest?.apiVersion !== 'v1' || manifest.kind !== 'Pod') {
        const [group = ''] = manifest!.apiVersion!.split('/');
        throw new Error(`invalid pod: &${group === 'v1' ? 'core' : group.split('.')[0]}.${manifest!.kind}{...}`);
      }
      const { value, errors } = decode(manifest, typeForKind('', 'v1', 'Pod')!, { strict: 'Ignore' });
      if (errors.length > 0) throw new Error(errors[0]);
      return { metadata: {}, spec: {}, ...(value as object) } as Pod;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`${this.options.path}/${name}: couldn't parse as pod(${why}), please check config file`);
    }
  }

  /** Fills in what a static pod gets beside its manifest (config.applyDefaults). */
  private complete(pod: Pod, file: string, text: string): Pod {
    const { nodeName, engine, path } = this.options;
    if ((pod.metadata.name ?? '') === '') throw new Error('invalid pod: name is needed for the pod');
    const hash = uidOf(`${nodeName}/${path}/${file}\n${text}`);
    const { metadata } = pod;
    metadata.name = `${metadata.name}-${nodeName}`;
    metadata.namespace ??= 'default';
    metadata.uid = hash;
    metadata.resourceVersion ??= '';
    metadata.creationTimestamp ??= '';
    metadata.annotations = {
      ...metadata.annotations,
      [HASH]: hash,
      [SEEN]: formatNanoTime(engine.now),
      [SOURCE]: 'file',
    };
    pod.apiVersion = 'v1';
    pod.spec.nodeName = nodeName;
    pod.spec.enableServiceLinks ??= true;
    pod.spec.tolerations = [...(pod.spec.tolerations ?? []), { effect: 'NoExecute', operator: 'Exists' }];
    pod.status = { phase: 'Pending' };
    pods.applyDefaults?.(pod);
    const errors = [...nameErrors(metadata.name), ...(pods.validate?.(pod) ?? [])];
    if (errors.length > 0) throw new Error(`invalid pod: [${errors.join(', ')}]`);
    return pod;
  }
}

/** 32 hexadecimal digits that follow from a text, as a static pod's uid. */
function uidOf(text: string): string {
  let digits = '';
  for (let part = 0; part < 4; part++)
    digits += fnv32a(text, fnv32a(String(part)))
      .toString(16)
      .padStart(8, '0');
  return digits;
}

/** Shows a static pod in the API (podManager.CreateMirrorPod). Answers why its mirror is not there. */
export function createMirror(
  client: Client,
  pod: Pod,
  nodeUid: string | undefined,
): StatusError | Unreachable | undefined {
  const { metadata } = pod;
  const { name, namespace, labels, annotations = {} } = metadata;
  try {
    client.create(pods, {
      metadata: {
        name,
        namespace,
        ...(labels === undefined ? {} : { labels }),
        annotations: { ...annotations, [MIRROR]: annotations[HASH]! },
        ...(nodeUid === undefined
          ? {}
          : {
              ownerReferences: [
                { apiVersion: 'v1', controller: true, kind: 'Node', name: pod.spec.nodeName!, uid: nodeUid },
              ],
            }),
      },
      spec: pod.spec,
    });
    return undefined;
  } catch (error) {
    if (isAlreadyExists(error)) return undefined;
    if (error instanceof StatusError || error instanceof Unreachable) return error;
    throw error;
  }
}

/** Removes a mirror, leaving what it shows alone. */
export function deleteMirror(client: Client, mirror: Pod): void {
  const { namespace, name, uid } = mirror.metadata;
  try {
    client.delete(pods, namespace, name, { gracePeriodSeconds: 0, uid });
  } catch (error) {
    if (!(error instanceof StatusError || error instanceof Unreachable)) throw error;
  }
}
