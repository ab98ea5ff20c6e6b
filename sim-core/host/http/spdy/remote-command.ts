import type { RestStream, StreamChunk, StreamHandler } from '../../../client/rest.ts';
import { type ByteSink, SpdyConnection, type SpdyStream } from './connection.ts';

/** The channels of `v5.channel.k8s.io`, by the names that streams have here (remotecommand.StreamType…). */
const CHANNELS: Readonly<Record<string, number>> = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 };
const STDIN = 0;
/** Milliseconds that a client has to take what is there. */
const PATIENCE = 10_000;

/**
 * Exec and attach over SPDY (`v4.channel.k8s.io`): a stream for each channel. `open` starts the request at once; what comes of it waits
 * for the client's streams. Answers what takes the client's bytes.
 */
export function serveRemoteCommand(sink: ByteSink, open: (handler: StreamHandler) => RestStream): SpdyConnection {
  const streams = new Map<number, SpdyStream>();
  const waiting: StreamChunk[] = [];
  let ended = false;
  const deliver = () => {
    for (let chunk = waiting[0]; chunk !== undefined; chunk = waiting[0]) {
      if (chunk.kind !== 'data') return;
      const stream = streams.get(chunk.channel);
      if (stream === undefined) return;
      stream.write(Buffer.from(chunk.data, 'latin1'));
      waiting.shift();
    }
    if (!ended) return;
    for (const stream of streams.values()) stream.end();
    // The client closes the connection when it has read everything: what it has not when it is closed from here, it loses.
    setTimeout(() => connection.close(), PATIENCE).unref();
  };
  const connection = new SpdyConnection(sink, (stream) => {
    const channel = CHANNELS[stream.headers.get('streamtype') ?? ''];
    if (channel === undefined) return stream.end();
    streams.set(channel, stream);
    stream.onData = (bytes) => request.send(channel, bytes.toString('latin1'));
    if (channel === STDIN) stream.onEnd = () => request.closeInput();
    deliver();
  });
  const request = open({
    head() {},
    chunk(chunk) {
      waiting.push(chunk);
      deliver();
    },
    end() {
      ended = true;
      deliver();
    },
  });
  return connection;
}
