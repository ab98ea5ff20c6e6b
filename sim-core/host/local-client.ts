import {
  ConnectionError,
  type RestClient,
  type RestRequest,
  type RestResponse,
  type RestStream,
  type StreamHandler,
} from '../client/rest.ts';
import type { ClusterOptions } from '../cluster/cluster.ts';
import { MILLISECOND } from '../engine/index.ts';
import { type Output, Session, type SessionLog } from './session.ts';

/** Events run between two looks at whether what is waited for has come. */
const SLICE = 64;

/**
 * A session and a client for it in one place, without any door between: for tests, graders and tools. Virtual time passes only while
 * something is waited for: see `drive`.
 */
export class LocalCluster implements RestClient {
  readonly session: Session;
  readonly server = 'https://10.0.0.10:6443';
  private nextId = 1;
  private readonly answers = new Map<number, RestResponse>();
  private readonly streams = new Map<number, StreamHandler>();

  constructor(options: ClusterOptions) {
    this.session = new Session(options, (output) => this.take(output));
  }

  log(): SessionLog {
    return this.session.log();
  }

  request(request: RestRequest): Promise<RestResponse> {
    const id = this.nextId++;
    this.session.apply({ type: 'request', id, request });
    const response = this.answers.get(id)!;
    this.answers.delete(id);
    if (response.status === 0) return Promise.reject(new ConnectionError(String(response.body)));
    return Promise.resolve(response);
  }

  stream(request: RestRequest, handler: StreamHandler): RestStream {
    const id = this.nextId++;
    this.streams.set(id, handler);
    const input = (
      rest: { type: 'close' } | { type: 'close-input' } | { type: 'send'; channel: number; data: string },
    ) => this.session.apply({ id, ...rest });
    this.session.apply({ type: 'open', id, request });
    return {
      send: (channel, data) => input({ type: 'send', channel, data }),
      closeInput: () => input({ type: 'close-input' }),
      close: () => input({ type: 'close' }),
    };
  }

  /** Waits in virtual time. */
  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const { engine } = this.session.cluster;
    const end = engine.now + milliseconds * MILLISECOND;
    let over = false;
    engine.at(
      end,
      () => {
        over = true;
      },
      'background',
    );
    while (!over && signal?.aborted !== true) await nextTurn();
  }

  /** Runs virtual time until a promise is settled. Rejects when nothing is left that could settle it, or after `limit` virtual µs. */
  async drive<T>(promise: Promise<T>, limit = 3_600_000_000): Promise<T> {
    const { engine } = this.session.cluster;
    const end = engine.now + limit;
    let pending = true;
    const done = () => {
      pending = false;
    };
    promise.then(done, done);
    while (pending) {
      // Everything that could go on at once goes on first: promises are not part of virtual time.
      for (let turn = 0; turn < 8 && pending; turn++) await nextTurn();
      if (!pending) break;
      for (let count = 0; count < SLICE; count++) {
        const next = engine.nextTime();
        if (next === undefined || next > end) throw new Error('nothing came of it within the time allowed');
        engine.step();
      }
    }
    return promise;
  }

  private take(output: Output): void {
    if (output.type === 'response') {
      this.answers.set(output.id, output.response);
      return;
    }
    const handler = this.streams.get(output.id);
    if (output.type === 'head') handler?.head(output.response);
    else if (output.type === 'chunk') handler?.chunk(output.chunk);
    else {
      this.streams.delete(output.id);
      handler?.end();
    }
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}
