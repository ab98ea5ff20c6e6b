import type { Container } from './container.ts';

/** The largest file that is kept for a learner, bytes, and how many there may be: what a program makes besides stays in the container. */
const LARGEST = 256 * 1024;
const MOST = 200;
/** How long after a change the container's files are looked at, milliseconds: editors and programs write in bursts. */
const LOOK_AFTER = 150;

/**
 * Keeps the learner's files on both sides alike: what the page writes goes into the container, what is written there comes back. Everything
 * happens in one queue. While the page has changed a file since a look began, that look says nothing of it: the page is right.
 */
export class FileSync {
  private readonly container: Container;
  private readonly heard: (changes: Readonly<Record<string, string | null>>) => void;
  private known = new Map<string, string>();
  private readonly waiting = new Map<string, string | null>();
  private queue: Promise<void> = Promise.resolve();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private watcher: { close(): void } | undefined;

  /** `heard` is told what was written in the container; null: deleted. */
  constructor(container: Container, heard: (changes: Readonly<Record<string, string | null>>) => void) {
    this.container = container;
    this.heard = heard;
  }

  /** The files as last known. */
  get files(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.known].sort(([left], [right]) => (left < right ? -1 : 1)));
  }

  /** Begins to look, at files that have been mounted. */
  begin(files: Readonly<Record<string, string>>): void {
    this.known = new Map(Object.entries(files));
    this.watcher?.close();
    this.watcher = this.container.fs.watch('.', { recursive: true }, () => this.lookSoon());
  }

  /** Writes what differs. Resolves when it is there. */
  write(changes: Readonly<Record<string, string | null>>): Promise<void> {
    for (const [name, content] of Object.entries(changes)) {
      if ((this.known.get(name) ?? null) === content && !this.waiting.has(name)) continue;
      this.waiting.set(name, content);
      if (content === null) this.known.delete(name);
      else this.known.set(name, content);
    }
    return this.enqueue(() => this.flush());
  }

  /** Looks at the container's files now. */
  look(): Promise<void> {
    clearTimeout(this.timer);
    return this.enqueue(async () => {
      await this.flush();
      const found = new Map<string, string>();
      await this.read('', found);
      const changes: Record<string, string | null> = {};
      for (const [name, content] of found) {
        if (!this.waiting.has(name) && this.known.get(name) !== content) changes[name] = content;
      }
      for (const name of this.known.keys()) if (!this.waiting.has(name) && !found.has(name)) changes[name] = null;
      if (Object.keys(changes).length === 0) return;
      for (const [name, content] of Object.entries(changes)) {
        if (content === null) this.known.delete(name);
        else this.known.set(name, content);
      }
      this.heard(changes);
    });
  }

  close(): void {
    clearTimeout(this.timer);
    this.watcher?.close();
    this.watcher = undefined;
  }

  private lookSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.look().catch(() => {}), LOOK_AFTER);
  }

  private enqueue(run: () => Promise<void>): Promise<void> {
    const done = this.queue.then(run);
    this.queue = done.catch(() => {});
    return done;
  }

  private async flush(): Promise<void> {
    const { fs } = this.container;
    for (const [name, content] of [...this.waiting]) {
      if (content === null) await fs.rm(name, { force: true });
      else {
        const folder = name.lastIndexOf('/');
        if (folder > 0) await fs.mkdir(name.slice(0, folder), { recursive: true });
        await fs.writeFile(name, content);
      }
      if (this.waiting.get(name) === content) this.waiting.delete(name);
    }
  }

  private async read(folder: string, found: Map<string, string>): Promise<void> {
    const entries = await this.container.fs.readdir(folder === '' ? '.' : folder, { withFileTypes: true });
    for (const entry of [...entries].sort((left, right) => (left.name < right.name ? -1 : 1))) {
      const { name } = entry;
      if (name.startsWith('.') || name === 'node_modules' || found.size >= MOST) continue;
      const path = folder === '' ? name : `${folder}/${name}`;
      if (entry.isDirectory()) await this.read(path, found);
      else if (entry.isFile()) {
        const text = await this.readText(path);
        if (text !== undefined) found.set(path, text);
      }
    }
  }

  /** A file's text; undefined for what is no text, is too large, or has gone meanwhile. */
  private async readText(path: string): Promise<string | undefined> {
    try {
      const bytes = await this.container.fs.readFile(path);
      return bytes.byteLength > LARGEST ? undefined : new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      return undefined;
    }
  }
}
