import { FileError, type FileStat, type FileSystem } from '../../sim-core/kubectl/environment.ts';

export const HOME = '/home/learner';

/** A name below the learner's folder, or undefined when it cannot be one. */
export function cleanName(name: string): string | undefined {
  const trimmed = name.trim().replace(/^\.\//, '');
  if (!/^[\p{L}\p{N}_.][\p{L}\p{N}_.-]*(\/[\p{L}\p{N}_.][\p{L}\p{N}_.-]*)*$/u.test(trimmed)) return undefined;
  return trimmed.split('/').some((part) => part === '.' || part === '..') ? undefined : trimmed;
}

/** The learner's few files, by name below their folder. What the editor shows and what commands read is the same. */
export class Files {
  private readonly contents = new Map<string, string>();
  /** Counts changes, so that lists and editors know when to look again. */
  version = $state(0);
  /** Hears what was written (null: deleted), and who wrote it. */
  onChange: (name: string, content: string | null) => void = () => {};

  get names(): string[] {
    return this.version >= 0 ? [...this.contents.keys()].sort() : [];
  }

  read(name: string): string | undefined {
    return this.version >= 0 ? this.contents.get(name) : undefined;
  }

  write(name: string, content: string): void {
    if (this.contents.get(name) === content) return;
    this.contents.set(name, content);
    this.version++;
    this.onChange(name, content);
  }

  remove(name: string): void {
    if (!this.contents.delete(name)) return;
    this.version++;
    this.onChange(name, null);
  }

  /** Puts other files in the place of all, without telling anybody. */
  replaceAll(files: Readonly<Record<string, string>>): void {
    this.contents.clear();
    for (const [name, content] of Object.entries(files)) this.contents.set(name, content);
    this.version++;
  }

  toRecord(): Record<string, string> {
    return Object.fromEntries(this.contents);
  }
}

/** The machine's files as commands see them: the learner's own below their home, and whatever else a tool keeps for itself. */
export class ShellFiles implements FileSystem {
  private readonly files: Files;
  private readonly others = new Map<string, Uint8Array>();
  private folders = 0;

  constructor(files: Files) {
    this.files = files;
  }

  read(path: string): Promise<Uint8Array> {
    const name = nameBelowHome(path);
    const own = name === undefined ? undefined : this.files.read(name);
    const found = own === undefined ? this.others.get(path) : new TextEncoder().encode(own);
    if (found !== undefined) return Promise.resolve(found);
    return Promise.reject(new FileError(this.children(path).length > 0 ? 'EISDIR' : 'ENOENT', path));
  }

  write(path: string, data: Uint8Array | string): Promise<void> {
    const name = nameBelowHome(path);
    if (name !== undefined && !name.startsWith('.'))
      this.files.write(name, typeof data === 'string' ? data : new TextDecoder().decode(data));
    else this.others.set(path, typeof data === 'string' ? new TextEncoder().encode(data) : data);
    return Promise.resolve();
  }

  list(path: string): Promise<readonly string[]> {
    const names = this.children(path);
    if (names.length > 0 || path === HOME) return Promise.resolve(names);
    return Promise.reject(new FileError('ENOENT', path));
  }

  async stat(path: string): Promise<FileStat> {
    if (path === HOME || this.children(path).length > 0) return { kind: 'directory', size: 0 };
    return { kind: 'file', size: (await this.read(path)).length };
  }

  remove(path: string): Promise<void> {
    const name = nameBelowHome(path);
    if (name !== undefined) this.files.remove(name);
    this.others.delete(path);
    return Promise.resolve();
  }

  mkdtemp(prefix: string): Promise<string> {
    return Promise.resolve(`/tmp/${prefix}${this.folders++}`);
  }

  private children(path: string): string[] {
    const start = path === '/' ? '/' : `${path}/`;
    const all = [...this.files.names.map((name) => `${HOME}/${name}`), ...this.others.keys()];
    const names = all.filter((file) => file.startsWith(start)).map((file) => file.slice(start.length).split('/')[0]!);
    return [...new Set(names)].sort();
  }
}

function nameBelowHome(path: string): string | undefined {
  return path.startsWith(`${HOME}/`) ? path.slice(HOME.length + 1) : undefined;
}
