import type { Api, ApiObject } from './api.ts';
import type { Discovery } from './discovery.ts';
import type { KubectlEnvironment } from './environment.ts';
import type { FlagSpec, Flags } from './flags.ts';
import type { ResolvedConfig } from './kubeconfig.ts';

/** A command of kubectl. `run` answers the exit code (undefined means 0) and throws what `describeError` knows. */
export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** The usage line after `kubectl `. */
  readonly use: string;
  /** One line for the list of commands. */
  readonly short: string;
  /** More about it, in our own words. */
  readonly long?: string;
  readonly examples?: readonly string[];
  readonly flags: readonly FlagSpec[];
  readonly subcommands?: readonly Command[];
  readonly hidden?: boolean;
  /** Where help goes when no subcommand is named, and the exit code then: stderr and 1 where nothing stands here. */
  readonly bareHelp?: { readonly output: 'stdout' | 'stderr'; readonly exitCode: number };
  run?(context: Context): Promise<number | undefined>;
}

/** What a running command has at hand. Connections and discovery are made when they are first asked for. */
export interface Context {
  readonly env: KubectlEnvironment;
  /** `kubectl get`, for usage errors. */
  readonly path: string;
  readonly command: Command;
  readonly flags: Flags;
  readonly args: readonly string[];
  readonly argsBeforeDash: number;
  out(text: string): void;
  err(text: string): void;
  config(): Promise<ResolvedConfig>;
  api(): Promise<Api>;
  discovery(): Promise<Discovery>;
  /** Forgets what is known of the server's resources and asks again. */
  refreshDiscovery(): Promise<Discovery>;
}

export type { ApiObject };
