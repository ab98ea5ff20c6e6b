import { type Coroutine, type Micros, SECOND, suspend, type Timer } from '../engine/index.ts';
import { type Connection, NetworkError } from '../images/process.ts';
import { type Capture, showPiece } from './capture.ts';
import type { Machine } from './fabric.ts';
import { formatIPv4, type IPv4 } from './ipv4.ts';
import type { NetworkNamespace } from './namespace.ts';
import type { SocketOwner } from './socket-owner.ts';

/** First and longest pause before data are sent again, and how long a peer may be silent (net.ipv4.tcp_retries2). */
const FIRST_RETRY: Micros = 0.2 * SECOND;
const LONGEST_RETRY: Micros = 120 * SECOND;
const GIVE_UP: Micros = 924 * SECOND;

export interface TcpEnd {
  readonly namespace: NetworkNamespace;
  readonly owner: SocketOwner;
  readonly address: IPv4;
  readonly port: number;
  /** The other end, as this one sees it. */
  readonly remoteAddress: IPv4;
  readonly remotePort: number;
}

/** One end of a TCP connection. Pieces arrive in order, each after the time the way takes. */
export class TcpConnection implements Connection {
  readonly end: TcpEnd;
  private readonly latency: Micros;
  private readonly machines: readonly Machine[];
  private readonly capture: Capture | undefined;
  /** Which way its packets go, as those see it who watch. */
  private readonly way: 'forth' | 'back';
  private other!: TcpConnection;
  private readonly inbox: string[] = [];
  private readonly outbox: ({ text: string } | 'end')[] = [];
  private retry: Timer | undefined;
  private ended = false;
  private closing = false;
  private error: NetworkError | undefined;
  private wake: (() => void) | undefined;

  private constructor(
    end: TcpEnd,
    latency: Micros,
    machines: readonly Machine[],
    capture: Capture | undefined,
    way: 'forth' | 'back',
  ) {
    this.end = end;
    this.latency = latency;
    this.machines = machines;
    this.capture = capture;
    this.way = way;
    end.namespace.connected(this);
    end.owner.connected(this);
  }

  /** Makes both ends of an established connection. */
  static pair(
    near: TcpEnd,
    far: TcpEnd,
    latency: Micros,
    machines: readonly Machine[],
    capture?: Capture,
  ): [TcpConnection, TcpConnection] {
    const a = new TcpConnection(near, latency, machines, capture, 'forth');
    const b = new TcpConnection(far, latency, machines, capture, 'back');
    a.other = b;
    b.other = a;
    return [a, b];
  }

  get remoteAddress(): string {
    return formatIPv4(this.end.remoteAddress);
  }

  get remotePort(): number {
    return this.end.remotePort;
  }

  /** State as `ss` names it. */
  get state(): 'ESTAB' | 'CLOSE-WAIT' | 'FIN-WAIT-2' {
    return this.closing ? 'FIN-WAIT-2' : this.ended ? 'CLOSE-WAIT' : 'ESTAB';
  }

  *read(): Coroutine<string | undefined> {
    for (;;) {
      const text = this.inbox.shift();
      if (text !== undefined) return text;
      if (this.error !== undefined) throw this.error;
      if (this.ended || this.closing) return undefined;
      yield* suspend<void>((resume) => {
        this.wake = resume;
        return () => {
          this.wake = undefined;
        };
      });
    }
  }

  write(text: string): void {
    if (this.error !== undefined) throw this.error;
    if (this.closing) throw new NetworkError('ECONNRESET', 'Broken pipe');
    if (text !== '') this.send({ text });
  }

  close(): void {
    if (this.closing || this.error !== undefined) return;
    this.closing = true;
    this.send('end');
    this.wakeUp();
    if (this.ended) this.forget();
  }

  /** The end's process has died: the other end gets a reset, if packets pass. */
  abort(): void {
    if (this.error !== undefined) return;
    const { engine } = this.end.owner;
    this.fail(new NetworkError('ECONNRESET', 'Connection reset by peer'));
    if (this.passable)
      engine.after(this.latency, () => this.other.fail(new NetworkError('ECONNRESET', 'Connection reset by peer')));
  }

  private get passable(): boolean {
    const { fabric } = this.end.namespace;
    for (let index = 1; index < this.machines.length; index++) {
      if (!fabric.linked(this.machines[index - 1]!, this.machines[index]!)) return false;
    }
    return this.end.namespace.machine.powered;
  }

  private send(item: { text: string } | 'end'): void {
    if (this.outbox.length === 0 && this.passable) this.deliver(item);
    else {
      this.outbox.push(item);
      if (this.retry?.run === undefined) this.retransmit(FIRST_RETRY, this.end.owner.engine.now + GIVE_UP);
    }
  }

  private deliver(item: { text: string } | 'end'): void {
    if (this.capture !== undefined) showPiece(this.capture, this.way, item === 'end' ? '' : item.text, this.latency);
    this.end.owner.engine.after(this.latency, () => this.other.receive(item));
  }

  /** Nothing gets through: tries again, ever more seldom, until the peer counts as lost. */
  private retransmit(wait: Micros, until: Micros): void {
    const { engine } = this.end.owner;
    this.retry = engine.background(wait, () => {
      if (this.error !== undefined) return;
      if (this.passable) for (const item of this.outbox.splice(0)) this.deliver(item);
      else if (engine.now >= until) this.fail(new NetworkError('ETIMEDOUT', 'Connection timed out'));
      else this.retransmit(Math.min(2 * wait, LONGEST_RETRY), until);
    });
  }

  private receive(item: { text: string } | 'end'): void {
    if (this.error !== undefined) return;
    if (item === 'end') {
      this.ended = true;
      if (this.closing) this.forget();
    } else this.inbox.push(item.text);
    this.wakeUp();
  }

  private fail(error: NetworkError): void {
    if (this.error !== undefined) return;
    this.error = error;
    this.end.owner.engine.cancel(this.retry);
    this.forget();
    this.wakeUp();
  }

  private wakeUp(): void {
    const { wake } = this;
    this.wake = undefined;
    wake?.();
  }

  private forget(): void {
    this.end.namespace.disconnected(this);
    this.end.owner.disconnected(this);
  }
}
