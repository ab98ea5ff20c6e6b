import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { RestRequest, RestResponse } from '../../client/rest.ts';
import type { HttpCluster } from './http-cluster.ts';
import { openSpdy, PORT_FORWARD, serveSpdy } from './spdy/serve.ts';
import { serveChannels } from './web-socket-channels.ts';

/** Subprotocols of exec and attach over WebSocket, best first. */
const CHANNEL_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
/** SPDY inside of WebSocket messages, as kubectl forwards ports since 1.31. */
const TUNNEL = `SPDY/3.1+${PORT_FORWARD}`;

const sockets = new WebSocketServer({
  noServer: true,
  handleProtocols: (offered) => [TUNNEL, ...CHANNEL_PROTOCOLS].find((protocol) => offered.has(protocol)) ?? false,
});

/** Turns a connection into what the client asked for: exec, attach and port-forward over WebSocket or SPDY. */
export function upgrade(
  cluster: HttpCluster,
  rest: RestRequest,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  socket.on('error', () => socket.destroy());
  const kind = (request.headers.upgrade ?? '').toLowerCase();
  if (kind === 'spdy/3.1') serveSpdy(cluster, rest, request, socket, head, (response) => refuse(socket, response));
  else if (kind !== 'websocket')
    refuse(socket, {
      status: 400,
      headers: {},
      body: `unable to upgrade: this server speaks SPDY/3.1 and websocket, not ${kind}`,
    });
  else if (String(request.headers['sec-websocket-protocol'] ?? '').includes(TUNNEL))
    serveTunnel(cluster, rest, request, socket, head);
  else serveChannels(sockets, cluster, rest, request, socket, head);
}

/** SPDY whose bytes come and go as binary messages (portforward.NewTunnelingConnection). */
function serveTunnel(
  cluster: HttpCluster,
  rest: RestRequest,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  let opened: WebSocket | undefined;
  let accepted = true;
  const sink = {
    write: (bytes: Buffer) => opened?.send(bytes),
    end: () => opened?.close(1000),
  };
  const { receive, close } = openSpdy(cluster, rest, sink, (response) => {
    accepted = response.status === 101;
    if (!accepted) refuse(socket, response);
  });
  if (!accepted) return;
  sockets.handleUpgrade(request, socket, head, (channel) => {
    opened = channel;
    channel.on('message', (data: Buffer) => receive(data));
    channel.on('close', close);
    channel.on('error', close);
  });
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
