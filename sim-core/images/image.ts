import { fnv32a } from '../engine/index.ts';
import { Directory, RegularFile, SymbolicLink } from './file-node.ts';
import type { Architecture, Image, ImageLayer, Program, Signal } from './process.ts';

/** One release of an image, as its author describes it; the same for all architectures it is built for. */
export interface ImageRelease {
  /** Tags it is found under; the first is its own name. */
  readonly tags: readonly string[];
  /** Default: both. */
  readonly architectures?: readonly Architecture[];
  readonly layers: readonly ImageLayer[];
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDir?: string;
  readonly exposedPorts?: readonly number[];
  readonly stopSignal?: Signal;
  readonly user?: number;
  readonly programs?: Readonly<Record<string, Program>>;
}

/** All releases of one image in one registry. */
export interface ImageRepository {
  /** With its registry: `docker.io/library/nginx`. */
  readonly name: string;
  readonly releases: readonly ImageRelease[];
}

/** Virtual time that files of images bear: 2025-04-23, the day of Kubernetes 1.33. */
const BUILT_AT = 1_745_366_400_000_000;
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const digests = new Map<string, string>();

/** A digest that stands for content of that name: 64 hexadecimal digits that follow from it, not a real SHA-256. */
export function digestOf(name: string): string {
  let digest = digests.get(name);
  if (digest === undefined) {
    digest = 'sha256:';
    for (let word = 0; word < 8; word++) digest += fnv32a(`${word}/${name}/${word}`).toString(16).padStart(8, '0');
    digests.set(name, digest);
  }
  return digest;
}

/** A layer: `size` in compressed megabytes (10⁶), `content` what it brings. Layers of one name are one layer. */
export function layer(name: string, size: number, content: Pick<ImageLayer, 'files' | 'links'> = {}): ImageLayer {
  return { digest: digestOf(`layer ${name}`), size: Math.round(size * 1_000_000), ...content };
}

/** Digest of the index (all architectures) of a release. */
export function indexDigest(repository: string, release: ImageRelease): string {
  return digestOf(`index ${repository}:${release.tags[0]}`);
}

/** The image that a node of an architecture gets; `undefined` when it is not built for it. */
export function imageFor(repository: string, release: ImageRelease, architecture: Architecture): Image | undefined {
  if (!(release.architectures ?? ['amd64', 'arm64']).includes(architecture)) return undefined;
  return {
    digest: indexDigest(repository, release),
    id: digestOf(`config ${repository}:${release.tags[0]} ${architecture}`),
    architecture,
    layers: release.layers,
    entrypoint: release.entrypoint ?? [],
    command: release.command ?? [],
    env: release.env ?? { PATH: DEFAULT_PATH },
    workingDir: release.workingDir ?? '/',
    exposedPorts: release.exposedPorts ?? [],
    ...(release.stopSignal === undefined ? {} : { stopSignal: release.stopSignal }),
    user: release.user ?? 0,
    programs: release.programs ?? {},
  };
}

const trees = new WeakMap<Image, Directory>();

/** The files of an image: one tree that all its containers share and none changes. */
export function imageTree(image: Image): Directory {
  let tree = trees.get(image);
  if (tree === undefined) {
    tree = buildTree(image);
    trees.set(image, tree);
  }
  return tree;
}

function buildTree(image: Image): Directory {
  const root = new Directory(new Map(), { layer: true, modified: BUILT_AT });
  for (const name of ['dev', 'etc', 'proc', 'root', 'sys', 'tmp', 'usr/bin', 'var/run']) root.ensure(name);
  root.ensure('tmp').mode = 0o777;
  root.ensure('root').mode = 0o700;
  for (const { files = {}, links = {} } of image.layers) {
    for (const [path, content] of Object.entries(files)) {
      if (path.endsWith('/')) root.ensure(path);
      else
        root.put(path.slice(1), new RegularFile(content, { modified: BUILT_AT, layer: true, mode: modeOf(content) }));
    }
    for (const [path, target] of Object.entries(links)) {
      root.put(path.slice(1), new SymbolicLink(target, { modified: BUILT_AT, layer: true }));
    }
  }
  for (const [name, program] of Object.entries(image.programs)) {
    const path = name.startsWith('/') ? name.slice(1) : `usr/bin/${name}`;
    // What `cat` shows of a compiled program.
    root.put(path, new RegularFile('\u007fELF\n', { modified: BUILT_AT, layer: true, mode: 0o755, program }));
  }
  return root;
}

/** Scripts of an image can be run. */
function modeOf(content: string): number {
  return content.startsWith('#!') ? 0o755 : 0o644;
}
