import type { RestClient } from '../client/rest.ts';
import type { TerminalSize } from '../kubectl/environment.ts';

/** The learner's files by name below their home: what the page's editor shows, and what is handed in. */
export interface HomeFiles {
  names(): readonly string[];
  read(name: string): string | undefined;
  write(name: string, content: string): void;
  remove(name: string): void;
}

/** What of the Web Cryptography API is used; pages and Node both have it. */
export interface Subtle {
  generateKey(algorithm: object, extractable: boolean, usages: readonly string[]): Promise<{ privateKey: object }>;
  exportKey(format: 'pkcs8', key: object): Promise<ArrayBuffer>;
}

export interface WebCrypto {
  readonly subtle: Subtle;
  getRandomValues(bytes: Uint8Array): Uint8Array;
}

/** What the learner's computer takes from where it runs: a page, a grader, a test. */
export interface ShellHost {
  /** The cluster's API with its administrator's token; `undefined` while there is no cluster. */
  client(): { readonly rest: RestClient; readonly token: string } | undefined;
  /** Virtual time, milliseconds since 1970. */
  now(): number;
  /** Waits so long in virtual time. Resolves early when `signal` is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Lets everything else on the host have a turn: called now and then by what computes without end. */
  turn(): Promise<void>;
  readonly files: HomeFiles;
  /** Makes keys, for `openssl`. */
  readonly crypto: WebCrypto;
  /** Opens an editor on a text and waits until it is closed. `undefined`: closed without saving. Absent: there is none here. */
  edit?(path: string, content: string, signal: AbortSignal): Promise<string | undefined>;
  /** What `help` prints. */
  readonly help: string;
}

/** Where a command's output goes. */
export interface ShellOutput {
  stdout(text: string): void;
  stderr(text: string): void;
}

/** A screen with a keyboard. */
export interface ShellScreen {
  write(text: string): void;
  size(): TerminalSize;
  onResize(listener: (size: TerminalSize) => void): () => void;
}

/** The learner's home on their own computer. */
export const HOME = '/home/learner';
