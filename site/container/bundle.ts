import type { FileTree } from './container.ts';

/** The programs that a container runs, as the build writes them into one file: `container/<engine>.json`. */
export interface Bundle {
  /** Version of the simulator in it. */
  readonly engine: string;
  /** By path below the container's working folder; bytes as base64. */
  readonly files: Readonly<Record<string, string | { readonly base64: string }>>;
}

/** Where the programs lie, below the learner's folder, hidden from its listing. */
export const HOME = '.jotasu';
/** The cluster, as a Node program: its lines are those of `sim-core/host/json-lines.ts`. */
export const CLUSTER_PROGRAM = `${HOME}/app/container/cluster-program.js`;
export const KUBECONFIG = `${HOME}/kubeconfig`;
/** Where jsh and npm look for the programs of a project. */
export const BIN = 'node_modules/.bin';

/** The address of a version's programs on the site. */
export function bundleAddress(engine: string): string {
  return `/container/${engine}.json`;
}

/** A bundle's files and the learner's as a tree to be mounted. */
export function treeOf(bundle: Bundle, files: Readonly<Record<string, string>>): FileTree {
  const root: FileTree = {};
  const put = (path: string, contents: string | Uint8Array<ArrayBuffer>) => {
    const parts = path.split('/');
    const name = parts.pop()!;
    let folder = root;
    for (const part of parts) {
      const entry = Object.hasOwn(folder, part) ? folder[part]! : { directory: {} };
      if (!('directory' in entry)) return;
      set(folder, part, entry);
      folder = entry.directory;
    }
    set(folder, name, { file: { contents } });
  };
  for (const [path, contents] of Object.entries(bundle.files)) {
    put(path, typeof contents === 'string' ? contents : fromBase64(contents.base64));
  }
  for (const [path, contents] of Object.entries(files)) put(path, contents);
  return root;
}

/** Sets an entry whatever its name is: `__proto__` is a name like others. */
function set(folder: FileTree, name: string, value: FileTree[string]): void {
  Object.defineProperty(folder, name, { value, enumerable: true, configurable: true, writable: true });
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
