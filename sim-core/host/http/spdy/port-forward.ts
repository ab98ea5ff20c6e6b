import type { RestStream, StreamHandler } from '../../../client/rest.ts';
import { type ByteSink, SpdyConnection, type SpdyStream } from './connection.ts';

const DATA = 0;
const ERROR = 1;
/** Every channel begins with the number of its port, which SPDY clients know from the stream's headers. */
const PORT_BYTES = 2;

/**
 * Port-forward over SPDY (`portforward.k8s.io`): for every connection a pair of streams, one for data and one for what goes wrong. Each pair
 * becomes a request of its own for one port, which `open` starts (portforward.portForwardStreamHandler).
 */
export function servePortForward(
  sink: ByteSink,
  open: (port: string, handler: StreamHandler) => RestStream,
): { readonly connection: SpdyConnection; close(): void } {
  const half = new Map<string, SpdyStream>();
  const running = new Set<RestStream>();
  const connection = new SpdyConnection(sink, (stream) => {
    const id = stream.headers.get('requestid') ?? String(stream.id);
    const other = half.get(id);
    if (other === undefined) {
      half.set(id, stream);
      return;
    }
    half.delete(id);
    const isData = stream.headers.get('streamtype') === 'data';
    forward(isData ? stream : other, isData ? other : stream);
  });

  function forward(data: SpdyStream, error: SpdyStream): void {
    const skipped = [0, 0];
    const request = open(data.headers.get('port') ?? '', {
      head(response) {
        if (response.status === 101) return;
        const { message = '' } = (response.body ?? {}) as { message?: string };
        error.write(Buffer.from(message));
      },
      chunk(chunk) {
        if (chunk.kind !== 'data' || (chunk.channel !== DATA && chunk.channel !== ERROR)) return;
        const skip = Math.min(PORT_BYTES - skipped[chunk.channel]!, chunk.data.length);
        skipped[chunk.channel]! += skip;
        (chunk.channel === DATA ? data : error).write(Buffer.from(chunk.data.slice(skip), 'latin1'));
      },
      end() {
        data.end();
        error.end();
      },
    });
    running.add(request);
    data.onData = (bytes) => request.send(DATA, bytes.toString('latin1'));
    data.onReset = () => {
      running.delete(request);
      request.close();
    };
  }

  return {
    connection,
    close() {
      for (const request of running) request.close();
      running.clear();
    },
  };
}
