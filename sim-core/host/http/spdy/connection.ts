import {
  controlFrame,
  dataFrame,
  FIN,
  type Frame,
  FrameReader,
  GOAWAY,
  PING,
  RST_STREAM,
  SYN_REPLY,
  SYN_STREAM,
} from './frames.ts';
import { HeaderReader, HeaderWriter } from './headers.ts';

/** Where a connection's bytes go: a socket, or the messages of a WebSocket. */
export interface ByteSink {
  write(bytes: Buffer): void;
  end(): void;
}

/** A stream that the client opened. */
export interface SpdyStream {
  readonly id: number;
  /** Names are in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Hears what the client sends. */
  onData: (bytes: Buffer) => void;
  /** Hears that the client sends no more. */
  onEnd: () => void;
  /** Hears that the client wants no more of it at all. */
  onReset: () => void;
  write(bytes: Buffer): void;
  /** Says that nothing more will come. */
  end(): void;
}

/**
 * The server's side of a SPDY/3.1 connection, as kubectl up to 1.29 speaks it for exec, attach and port-forward, and later ones inside a
 * WebSocket for port-forward. Clients do not wait for window updates (moby/spdystream), so there are none.
 */
export class SpdyConnection {
  private readonly sink: ByteSink;
  private readonly onStream: (stream: SpdyStream) => void;
  private readonly frames = new FrameReader();
  private readonly reader = new HeaderReader();
  private readonly writer = new HeaderWriter();
  private readonly streams = new Map<number, SpdyStream>();
  /** Frames are taken one after the other: headers take their time. */
  private work: Promise<void> = Promise.resolve();
  private closed = false;
  private lastStream = 0;

  constructor(sink: ByteSink, onStream: (stream: SpdyStream) => void) {
    this.sink = sink;
    this.onStream = onStream;
  }

  /** Takes bytes from the client. */
  receive(bytes: Buffer): void {
    for (const frame of this.frames.push(bytes)) {
      this.work = this.work.then(() => this.take(frame)).catch(() => this.close());
    }
  }

  /** Says goodbye and ends the connection. */
  close(): void {
    if (this.closed) return;
    const payload = Buffer.alloc(8);
    payload.writeUInt32BE(this.lastStream, 0);
    this.send(controlFrame(GOAWAY, payload));
    this.closed = true;
    this.reader.close();
    this.sink.end();
  }

  private async take(frame: Frame): Promise<void> {
    if (this.closed) return;
    if (frame.kind === 'data') {
      const stream = this.streams.get(frame.stream);
      if (frame.payload.length > 0) stream?.onData(frame.payload);
      if ((frame.flags & FIN) !== 0) stream?.onEnd();
      return;
    }
    switch (frame.type) {
      case SYN_STREAM:
        return this.open(frame.payload, frame.flags);
      case PING:
        return this.send(controlFrame(PING, frame.payload));
      case RST_STREAM: {
        const id = frame.payload.readUInt32BE(0);
        const stream = this.streams.get(id);
        this.streams.delete(id);
        stream?.onReset();
        return;
      }
      case GOAWAY:
        return this.close();
    }
  }

  private async open(payload: Buffer, flags: number): Promise<void> {
    const id = payload.readUInt32BE(0) & 0x7fffffff;
    const headers = await this.reader.read(payload.subarray(10));
    this.lastStream = id;
    let ended = false;
    const stream: SpdyStream = {
      id,
      headers,
      onData: () => {},
      onEnd: () => {},
      onReset: () => {},
      write: (bytes) => {
        if (!ended && bytes.length > 0) this.send(dataFrame(id, bytes));
      },
      end: () => {
        if (!ended) this.send(dataFrame(id, Buffer.alloc(0), FIN));
        ended = true;
      },
    };
    this.streams.set(id, stream);
    const reply = Buffer.alloc(4);
    reply.writeUInt32BE(id, 0);
    this.send(controlFrame(SYN_REPLY, Buffer.concat([reply, this.writer.write([])])));
    this.onStream(stream);
    if ((flags & FIN) !== 0) stream.onEnd();
  }

  private send(bytes: Buffer): void {
    if (!this.closed) this.sink.write(bytes);
  }
}
