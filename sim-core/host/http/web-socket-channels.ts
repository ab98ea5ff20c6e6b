import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import type { RestRequest, RestStream, StreamChunk } from '../../client/rest.ts';
import type { HttpCluster } from './http-cluster.ts';
import { refuse } from './upgrade.ts';

/** The channel of v5 on which a client says which channel it closes. */
const CLOSE_CHANNEL = 255;
const STDIN = 0;
const STDOUT = 1;

/**
 * Exec and attach over WebSocket (`v5.channel.k8s.io`, `v4.channel.k8s.io`): binary messages, of which the first byte is the channel.
 * Follows remotecommand/websocket.go and wsstream.
 */
export function serveChannels(
  server: WebSocketServer,
  cluster: HttpCluster,
  rest: RestRequest,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  let channels: WebSocket | undefined;
  let ended = false;
  const early: StreamChunk[] = [];
  const send = (chunk: StreamChunk) => {
    if (chunk.kind !== 'data') return;
    const payload = Buffer.from(chunk.data, 'latin1');
    const message = Buffer.allocUnsafe(payload.length + 1);
    message[0] = chunk.channel;
    payload.copy(message, 1);
    channels?.send(message);
  };
  let accepted = true;
  const stream: RestStream = cluster.stream(rest, {
    head(response) {
      if (response.status === 101) return;
      accepted = false;
      refuse(socket, response);
    },
    chunk(chunk) {
      if (channels === undefined) early.push(chunk);
      else send(chunk);
    },
    end() {
      ended = true;
      channels?.close(1000);
    },
  });
  if (!accepted) return;
  server.handleUpgrade(request, socket, head, (opened) => {
    channels = opened;
    // An empty message tells the client that the other end is there.
    send({ kind: 'data', channel: STDOUT, data: '' });
    for (const chunk of early) send(chunk);
    if (ended) opened.close(1000);
    opened.on('message', (data: Buffer) => {
      const channel = data[0];
      if (channel === undefined) return;
      if (channel === CLOSE_CHANNEL) {
        if (data[1] === STDIN) stream.closeInput();
        return;
      }
      if (data.length > 1) stream.send(channel, data.toString('latin1', 1));
    });
    opened.on('close', () => stream.close());
    opened.on('error', () => stream.close());
  });
}
