import { absolutePath } from '../images/absolute-path.ts';
import { Directory, RegularFile, SpecialFile } from '../images/file-node.ts';
import { LayeredFileSystem } from '../images/file-system.ts';
import type { Program } from '../images/process.ts';
import type { Clock } from '../images/writable-tree.ts';
import { HOME, type HomeFiles } from './shell-host.ts';

export interface ComputerFiles {
  /** Text by absolute path; a path that ends in `/` is an empty directory. */
  readonly files: Readonly<Record<string, string>>;
  /** Programs by name, found in /usr/bin. */
  readonly programs: Readonly<Record<string, Program>>;
}

/** The tree that the learner's computer starts with. */
export function computerTree({ files, programs }: ComputerFiles): Directory {
  const root = new Directory();
  for (const path of ['tmp', HOME.slice(1), 'usr/bin', 'etc', 'root']) root.ensure(path);
  root.put(
    'dev/null',
    new SpecialFile(
      'device',
      () => '',
      () => {},
    ),
  );
  for (const [name, program] of Object.entries(programs)) {
    root.put(`usr/bin/${name}`, new RegularFile('', { mode: 0o755, program }));
  }
  for (const [path, text] of Object.entries(files)) {
    if (path.endsWith('/')) root.ensure(path.slice(1, -1));
    else root.put(path.slice(1), new RegularFile(text));
  }
  return root;
}

/** The file system of the learner's computer. What changes below the home is told to the learner's files, hidden files excepted. */
export class HomeFileSystem extends LayeredFileSystem {
  private readonly home: HomeFiles;

  constructor(root: Directory, clock: Clock, home: HomeFiles) {
    super(root, clock, { owner: undefined });
    this.home = home;
  }

  /** Takes over what was changed from outside: in the editor, by a reset. */
  refresh(): void {
    const names = new Set(this.home.names());
    for (const name of this.namesBelow(HOME)) if (!names.has(name)) super.remove(`${HOME}/${name}`);
    for (const name of names) {
      const path = `${HOME}/${name}`;
      const content = this.home.read(name) ?? '';
      const stat = this.stat(path);
      if (stat?.kind === 'file' && this.read(path) === content) continue;
      const slash = path.lastIndexOf('/');
      if (this.stat(path.slice(0, slash)) === undefined) super.makeDirectory(path.slice(0, slash), { parents: true });
      super.write(path, content);
    }
  }

  override write(path: string, content: string, options: { append?: boolean; mode?: number } = {}): void {
    super.write(path, content, options);
    this.tell(path);
  }

  override remove(path: string, options: { recursive?: boolean } = {}): void {
    const gone = this.namesBelow(path);
    super.remove(path, options);
    for (const name of gone) this.home.remove(name);
  }

  override rename(from: string, to: string): void {
    const gone = this.namesBelow(from);
    super.rename(from, to);
    for (const name of gone) this.home.remove(name);
    for (const name of this.namesBelow(to)) this.tell(`${HOME}/${name}`);
  }

  override copy(from: string, to: string): void {
    super.copy(from, to);
    this.tell(to);
  }

  private tell(path: string): void {
    const name = nameBelowHome(absolutePath('/', path));
    if (name === undefined || this.stat(path)?.kind !== 'file') return;
    this.home.write(name, this.read(path));
  }

  /** Names, below the home, of all shown files at or below a path. */
  private namesBelow(path: string): string[] {
    const absolute = absolutePath('/', path);
    const found: string[] = [];
    const rest = [absolute];
    for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
      const kind = this.stat(next, { follow: false })?.kind;
      if (kind === 'directory') {
        if (next === HOME || nameBelowHome(next) !== undefined)
          for (const name of this.list(next)) rest.push(`${next}/${name}`);
      } else if (kind === 'file') {
        const name = nameBelowHome(next);
        if (name !== undefined) found.push(name);
      }
    }
    return found;
  }
}

function nameBelowHome(path: string): string | undefined {
  if (!path.startsWith(`${HOME}/`)) return undefined;
  const name = path.slice(HOME.length + 1);
  return name.startsWith('.') ? undefined : name;
}
