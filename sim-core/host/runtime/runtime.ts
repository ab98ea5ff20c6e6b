import type { RestResponse } from '../../client/rest.ts';
import type { ClusterOptions } from '../../cluster/cluster.ts';
import type { Frame } from '../door.ts';
import type { DoorClient } from '../door-client.ts';
import type { Speed } from '../pacer.ts';
import type { SessionLog } from '../session.ts';

/** What a cluster and the computer beside it begin with. */
export interface RuntimeOptions {
  readonly cluster: ClusterOptions;
  /** The learner's files, by name below their folder. */
  readonly files?: Readonly<Record<string, string>>;
  /** A log to go on from, instead of a fresh cluster. */
  readonly log?: SessionLog;
  readonly speed?: Speed;
}

/** Everything from which the same cluster and the same files can be made again, by any backend. */
export interface RuntimeSnapshot {
  readonly log: SessionLog;
  readonly files: Readonly<Record<string, string>>;
}

/** Where a command's output goes. A backend with one stream for both writes all to `stdout`. */
export interface RuntimeOutput {
  stdout(text: string): void;
  stderr(text: string): void;
}

/**
 * A place where a cluster runs, with the learner's computer beside it: this process, a Worker, another process, a container. All behave
 * alike: `conformance.ts` says how, and is run against each.
 */
export interface Runtime {
  /** The cluster's frames, its clock and its API, for those who show it. There from the beginning; it answers once booted. */
  readonly door: DoorClient;
  /** Makes the cluster; resolves with its first frame. Rejects when it cannot be made: a log of another engine, a process that ends. */
  boot(options: RuntimeOptions): Promise<Frame>;
  /** Another cluster as `boot` made it, without a log, and the files it began with. */
  reset(): Promise<Frame>;
  /** Writes files of the learner's; null deletes one. */
  updateFiles(changes: Readonly<Record<string, string | null>>): Promise<void>;
  /** Runs a line in the learner's shell; resolves with its exit code. */
  exec(line: string, output: RuntimeOutput): Promise<number>;
  /** Reads from the cluster's API as its administrator: `/api/v1/nodes`. */
  inspect(path: string): Promise<RestResponse>;
  snapshot(): Promise<RuntimeSnapshot>;
  /** Ends the cluster and frees what it ran in. Everything asked afterwards is rejected with a ConnectionError. */
  dispose(): Promise<void>;
}
