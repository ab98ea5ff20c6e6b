import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { RestRequest, RestResponse } from '../../client/rest.ts';
import type { ServedCluster } from './served-cluster.ts';
import { serveChannels } from './web-socket-channels.ts';

/** Subprotocols of exec and attach over WebSocket, best first. */
const CHANNEL_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

const sockets = new WebSocketServer({
  noServer: true,
  handleProtocols: (offered) => CHANNEL_PROTOCOLS.find((protocol) => offered.has(protocol)) ?? false,
});

/** Turns a connection into what the client asked for: exec and attach over WebSocket. */
export function upgrade(
  cluster: ServedCluster,
  rest: RestRequest,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  socket.on('error', () => socket.destroy());
  const kind = (request.headers.upgrade ?? '').toLowerCase();
  if (kind === 'websocket') serveChannels(sockets, cluster, rest, request, socket, head);
  else refuse(socket, reasonAgainst(cluster, rest, `unable to upgrade: this server speaks websocket, not ${kind}`));
}

/**
 * What a client hears that asks for another protocol, as kubectl does after WebSocket was refused: what the API itself has against
 * the request, else that the protocol is not spoken.
 */
function reasonAgainst(cluster: ServedCluster, rest: RestRequest, otherwise: string): RestResponse {
  let refused: RestResponse | undefined;
  const stream = cluster.stream(rest, {
    head(response) {
      if (response.status !== 101) refused = response;
    },
    chunk() {},
    end() {},
  });
  if (refused === undefined) stream.close();
  return (
    refused ?? {
      status: 400,
      headers: {},
      body: {
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        reason: 'BadRequest',
        code: 400,
        message: otherwise,
      },
    }
  );
}

/** Answers on a connection that could not be turned into anything. */
export function refuse(socket: Duplex, { status, body }: RestResponse): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  const bytes = Buffer.from(text ?? '');
  socket.write(
    `HTTP/1.1 ${status} ${status === 404 ? 'Not Found' : 'Refused'}\r\ncontent-type: ${type}\r\ncontent-length: ${bytes.length}\r\nconnection: close\r\n\r\n`,
  );
  socket.end(bytes);
}
