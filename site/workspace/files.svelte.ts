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

  /** Takes what was written elsewhere and is known there: nobody is told of it again. Names that no file may have here are left out. */
  take(changes: Readonly<Record<string, string | null>>): void {
    for (const [name, content] of Object.entries(changes)) {
      if (content === null) this.contents.delete(name);
      else if (cleanName(name) === name) this.contents.set(name, content);
    }
    this.version++;
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
