import type { Pod } from '../../api/objects.ts';
import { clone } from '../../api/objects.ts';
import { isAlreadyExists, StatusError } from '../../api/status.ts';
import { type Client, Unreachable } from '../../client/index.ts';
import { type Engine, fnv32a, formatNanoTime, SECOND, type Timer } from '../../engine/index.ts';
import type { Directory } from '../../images/file-node.ts';
import { pods } from '../../resources/pod.ts';
import { resolveInside } from './volumes/payload-directory.ts';

/** fileCheckFrequency */
const CHECK_PERIOD = 20 * SECOND;

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
  readonly parse: ManifestParser;
  readonly onAdded: (pod: Pod) => void;
  readonly onRemoved: (pod: Pod) => void;
}

/** Pods that a node runs because a file says so, whoever runs the cluster (config.sourceFile): how the control plane itself runs. */
export class StaticPods {
  private readonly options: Options;
  /** By file name: its text when last read, and the pod in it. */
  private readonly files = new Map<string, { text: string; pod: Pod | undefined }>();
  private timer: Timer | undefined;

  constructor(options: Options) {
    this.options = options;
  }

  start(): void {
    this.read();
    this.timer = this.options.engine.background(CHECK_PERIOD, () => this.start());
  }

  stop(): void {
    this.options.engine.cancel(this.timer);
  }

  /** Reads the directory now: a file was written (inotify). */
  read(): void {
    const { root, path, engine } = this.options;
    const directory = resolveInside(root, path);
    const entries = directory?.kind === 'directory' ? directory.entries : new Map();
    const gone = new Set(this.files.keys());
    for (const name of [...entries.keys()].sort()) {
      const node = entries.get(name);
      if (node?.kind !== 'file' || name.startsWith('.')) continue;
      gone.delete(name);
      const known = this.files.get(name);
      if (known?.text === node.content) continue;
      engine.asWork(() => this.replace(name, node.content, known?.pod));
    }
    for (const name of gone) {
      const { pod } = this.files.get(name)!;
      this.files.delete(name);
      if (pod !== undefined) engine.asWork(() => this.options.onRemoved(pod));
    }
  }

  private replace(name: string, text: string, old: Pod | undefined): void {
    const { parse, onAdded, onRemoved } = this.options;
    let pod: Pod | undefined;
    try {
      pod = this.complete(parse(text), name, text);
    } catch {
      // The kubelet logs it and waits for a better file; what ran goes on.
      this.files.set(name, { text, pod: old });
      return;
    }
    this.files.set(name, { text, pod });
    if (old !== undefined) onRemoved(old);
    if (pod !== undefined) onAdded(pod);
  }

  /** Fills in what a static pod gets beside its manifest (config.applyDefaults). */
  private complete(manifest: unknown, file: string, text: string): Pod | undefined {
    const { nodeName, engine, path } = this.options;
    const pod = clone(manifest) as Pod;
    if (typeof pod !== 'object' || pod === null || pod.kind !== 'Pod' || pod.spec === undefined) return undefined;
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

/** Shows a static pod in the API (podManager.CreateMirrorPod). Answers whether its mirror is there. */
export function createMirror(client: Client, pod: Pod, nodeUid: string | undefined): boolean {
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
    return true;
  } catch (error) {
    if (isAlreadyExists(error)) return true;
    if (error instanceof StatusError || error instanceof Unreachable) return false;
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
