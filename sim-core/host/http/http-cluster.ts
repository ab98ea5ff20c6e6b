import type { RestRequest, RestResponse, RestStream, StreamHandler } from '../../client/rest.ts';
import type { OutsideRequest, OutsideResponse } from '../../cluster/cluster.ts';
import type { Micros } from '../../engine/index.ts';
import type { ClockAction } from '../door.ts';
import type { Speed } from '../pacer.ts';
import type { Session, SessionLog } from '../session.ts';

/** What a served cluster's clock says. */
export interface ClockState {
  /** Virtual time, microseconds since 1970. */
  readonly now: Micros;
  /** How far virtual time is ahead of the wall clock, microseconds; clients that compute ages from their own clock are off by it. */
  readonly ahead: Micros;
  readonly paused: boolean;
  readonly speed: Speed;
  readonly settled: boolean;
}

/** A cluster as the HTTP door needs it: one that is served alone, or one that has another door besides. */
export interface HttpCluster {
  readonly session: Session;
  /** Answers a request other than a stream. Undefined: nobody is there (the API server is down). */
  request(request: RestRequest): RestResponse | undefined;
  stream(request: RestRequest, handler: StreamHandler): RestStream;
  /** An HTTP request to a node port; virtual time runs until it is answered. */
  askNodePort(port: number, request: OutsideRequest): OutsideResponse | { readonly error: string };
  /** Steers the clock; answers how it stands, and for `settle` whether the cluster came to rest. */
  clock(action: ClockAction | undefined): ClockState & { readonly outcome?: 'settled' | 'limit' };
  log(): SessionLog;
}

/** Wall time in whole microseconds since 1970, which never goes back. */
export function wallTime(): Micros {
  return Math.floor((performance.timeOrigin + performance.now()) * 1000);
}
