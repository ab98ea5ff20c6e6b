import type { RestRequest, RestResponse, RestStream, StreamHandler } from '../../client/rest.ts';
import type { OutsideRequest, OutsideResponse } from '../../cluster/cluster.ts';
import type { ClockAction, FromHost } from '../door.ts';
import type { DoorHost } from '../door-host.ts';
import type { Input, Session, SessionLog } from '../session.ts';
import { type ClockState, type HttpCluster, wallTime } from './http-cluster.ts';

/** Ids of what comes over HTTP; those of the other door's client begin at one. */
const FIRST_ID = 2 ** 40;

/** The HTTP face of a cluster that is steered through another door: what comes over either goes into the same session and the same log. */
export class HostedCluster implements HttpCluster {
  private readonly host: DoorHost;
  private readonly answers = new Map<number, RestResponse>();
  private readonly outside = new Map<number, OutsideResponse | { readonly error: string }>();
  private readonly streams = new Map<number, StreamHandler>();
  private nextId = FIRST_ID;

  constructor(host: DoorHost) {
    this.host = host;
  }

  get session(): Session {
    const { session } = this.host;
    if (session === undefined) throw new Error('the cluster is not there yet');
    return session;
  }

  /** Takes what the host says, if it belongs to a request of this face's. Answers whether it did. */
  take(message: FromHost): boolean {
    if (message.type !== 'output' || message.output.id < FIRST_ID) return false;
    const { output } = message;
    if (output.type === 'response') this.answers.set(output.id, output.response);
    else if (output.type === 'outside') this.outside.set(output.id, output.response);
    else if (output.type === 'head') this.streams.get(output.id)?.head(output.response);
    else if (output.type === 'chunk') this.streams.get(output.id)?.chunk(output.chunk);
    else {
      const handler = this.streams.get(output.id);
      this.streams.delete(output.id);
      handler?.end();
    }
    return true;
  }

  request(request: RestRequest): RestResponse | undefined {
    const id = this.nextId++;
    this.input({ type: 'request', id, request });
    const response = this.answers.get(id);
    this.answers.delete(id);
    return response === undefined || response.status === 0 ? undefined : response;
  }

  stream(request: RestRequest, handler: StreamHandler): RestStream {
    const id = this.nextId++;
    this.streams.set(id, handler);
    this.input({ type: 'open', id, request });
    const send = (input: Input) => {
      if (this.streams.has(id)) this.input(input);
    };
    return {
      send: (channel, data) => send({ type: 'send', id, channel, data }),
      closeInput: () => send({ type: 'close-input', id }),
      close: () => {
        send({ type: 'close', id });
        this.streams.delete(id);
      },
    };
  }

  askNodePort(port: number, request: OutsideRequest): OutsideResponse | { readonly error: string } {
    const id = this.nextId++;
    this.input({ type: 'outside', id, port, request });
    const response = this.outside.get(id) ?? { error: 'connection refused' };
    this.outside.delete(id);
    return response;
  }

  clock(action: ClockAction | undefined): ClockState & { readonly outcome?: 'settled' | 'limit' } {
    if (action !== undefined) this.host.receive({ type: 'clock', action });
    const state = this.host.pace();
    const outcome =
      action?.type === 'settle' ? { outcome: state.settled ? ('settled' as const) : ('limit' as const) } : {};
    return { ...state, ahead: state.now - wallTime(), ...outcome };
  }

  log(): SessionLog {
    return this.session.log();
  }

  private input(input: Input): void {
    this.host.receive({ type: 'input', input });
  }
}
