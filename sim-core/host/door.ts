import type { AnyObject } from '../api/objects.ts';
import type { ClusterOptions } from '../cluster/cluster.ts';
import type { Micros, TraceEvent } from '../engine/index.ts';
import type { SchedulingExplanation } from '../scheduler/explain.ts';
import type { TimelineMark } from './look-back.ts';
import type { Speed } from './pacer.ts';
import type { Input, Output, SessionLog } from './session.ts';

/** What goes in through a door that a host keeps (a Worker's port, a process's stdin): plain data, one message a line or a post. */
export type ToHost =
  /** Makes the cluster, or makes a logged one again. `ready: true` lets it come up and settle before anyone sees it. */
  | {
      readonly type: 'boot';
      readonly options: ClusterOptions;
      readonly log?: SessionLog;
      /** Virtual time at which the logged cluster is to be taken up; without it, where the log ends. */
      readonly at?: Micros;
      readonly speed: Speed;
      readonly settle?: boolean;
    }
  /**
   * Makes a logged cluster as it was at a moment, and keeps it until the next boot: one with a log that goes on from there has less to make
   * again.
   */
  | { readonly type: 'prepare'; readonly log: SessionLog; readonly at: Micros }
  | { readonly type: 'input'; readonly input: Input }
  | { readonly type: 'clock'; readonly action: ClockAction }
  /** Whether frames are wanted: an off-screen page asks for none. */
  | { readonly type: 'watch'; readonly on: boolean }
  /** Asks for the session's log. */
  | { readonly type: 'log'; readonly id: number }
  /** Asks for what leads from the objects at one revision to those at another (the timeline, both ways). */
  | { readonly type: 'look-back'; readonly id: number; readonly from: number; readonly to: number }
  /** Asks how far back one can look, and what happened when. */
  | { readonly type: 'timeline'; readonly id: number }
  /** Asks what the scheduler thinks of a pod, on every node. `pod`: `namespace/name`. */
  | { readonly type: 'explain'; readonly id: number; readonly pod: string }
  /** Asks why an object exists: the chain of causes of its creation. */
  | { readonly type: 'why'; readonly id: number; readonly uid: string };

/** What steers a cluster's clock. Times in virtual microseconds. */
export type ClockAction =
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'speed'; readonly speed: Speed }
  /** Runs one event, and stays paused. */
  | { readonly type: 'step' }
  /** Runs until something the learner can see has changed (a revision), and stays paused. */
  | { readonly type: 'step-change' }
  | { readonly type: 'advance'; readonly by: Micros }
  | { readonly type: 'settle'; readonly limit?: Micros };

/** One change of the store, as the page's mirror takes it. */
export interface FrameChange {
  readonly revision: number;
  /** When, in virtual microseconds; that of the frame where nobody remembers. */
  readonly time: Micros;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly table: string;
  readonly key: string;
  readonly object: AnyObject;
}

/** What a cluster can tell of its past. */
export interface Timeline {
  /** The oldest revision that one can look back to, and the latest. */
  readonly oldest: number;
  readonly revision: number;
  readonly now: Micros;
  readonly marks: readonly TimelineMark[];
}

/** What happened since the last frame. */
export interface Frame {
  readonly now: Micros;
  readonly revision: number;
  readonly settled: boolean;
  readonly paused: boolean;
  readonly speed: Speed;
  readonly changes: readonly FrameChange[];
  readonly events: readonly TraceEvent[];
}

export type FromHost =
  /** `past`: the latest changes before the frame, for pictures of how it came about. */
  | {
      readonly type: 'booted';
      readonly server: string;
      readonly token: string;
      readonly frame: Frame;
      readonly past: readonly FrameChange[];
    }
  | { readonly type: 'output'; readonly output: Output }
  | { readonly type: 'frame'; readonly frame: Frame }
  | { readonly type: 'log'; readonly id: number; readonly log: SessionLog }
  | {
      readonly type: 'look-back';
      readonly id: number;
      /** Undefined when the past is forgotten that far back. */
      readonly past: { readonly time: Micros; readonly changes: readonly FrameChange[] } | undefined;
    }
  | { readonly type: 'timeline'; readonly id: number; readonly timeline: Timeline }
  | { readonly type: 'explain'; readonly id: number; readonly explanation: SchedulingExplanation | undefined }
  | { readonly type: 'why'; readonly id: number; readonly chain: readonly TraceEvent[] }
  /** The host itself failed: the cluster is gone, the learner's files and log are not. */
  | { readonly type: 'failed'; readonly message: string };
