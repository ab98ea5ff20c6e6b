/** What is used of a WebContainer, so that another place with Node and a shell can stand in for it. `@webcontainer/api` fits it as it is. */
export interface Container {
  /** The `PATH` of its programs. */
  readonly path: string;
  /** The folder that relative paths start from, in full. */
  readonly workdir: string;
  readonly fs: ContainerFiles;
  mount(tree: FileTree): Promise<void>;
  spawn(command: string, args: string[], options?: ContainerSpawn): Promise<ContainerProcess>;
}

export interface ContainerFiles {
  readFile(path: string): Promise<Uint8Array>;
  writeFile(path: string, data: string): Promise<void>;
  readdir(path: string, options: { withFileTypes: true }): Promise<readonly ContainerEntry[]>;
  mkdir(path: string, options: { recursive: true }): Promise<unknown>;
  rm(path: string, options: { force: boolean }): Promise<void>;
  watch(path: string, options: { recursive: boolean }, listener: () => void): { close(): void };
}

export interface ContainerEntry {
  readonly name: string;
  isFile(): boolean;
  isDirectory(): boolean;
}

export interface ContainerSpawn {
  readonly env?: Record<string, string>;
  readonly terminal?: { readonly cols: number; readonly rows: number };
}

export interface ContainerProcess {
  readonly exit: Promise<number>;
  readonly input: WritableStream<string>;
  /** What it writes on its standard output and error. */
  readonly output: ReadableStream<string>;
  kill(): void;
  resize(size: { cols: number; rows: number }): void;
}

/** Files to be mounted, by name. */
export type FileTree = Record<
  string,
  { directory: FileTree } | { file: { contents: string | Uint8Array<ArrayBuffer> } }
>;
