import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RestRequest, RestResponse, RestStream, StreamHandler } from '../../../client/rest.ts';
import type { HttpCluster } from '../http-cluster.ts';
import type { ByteSink } from './connection.ts';
import { servePortForward } from './port-forward.ts';
import { serveRemoteCommand } from './remote-command.ts';

export const PORT_FORWARD = 'portforward.k8s.io';
const REMOTE_COMMAND = 'v4.channel.k8s.io';

export function isPortForward({ path }: RestRequest): boolean {
  return /\/portforward\/?(\?|$)/.test(path);
}

/** Turns a connection into SPDY/3.1 for exec, attach or port-forward; `refuse` answers what the API server does not allow. */
export function serveSpdy(
  cluster: HttpCluster,
  rest: RestRequest,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  refuse: (response: RestResponse) => void,
): void {
  const offered = String(request.headers['x-stream-protocol-version'] ?? '').split(/\s*,\s*/);
  const protocol = isPortForward(rest) ? PORT_FORWARD : REMOTE_COMMAND;
  if (!offered.includes(protocol)) {
    const message = `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(' ')}], server accepts [${protocol}]`;
    refuse({ status: 403, headers: {}, body: message });
    return;
  }
  let accepted = true;
  const answerHead = (response: RestResponse) => {
    accepted = response.status === 101;
    if (!accepted) {
      refuse(response);
      return;
    }
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
    );
  };
  const sink: ByteSink = { write: (bytes) => socket.write(bytes), end: () => socket.end() };
  const { receive, close } = openSpdy(cluster, rest, sink, answerHead);
  if (!accepted) return;
  if (head.length > 0) receive(head);
  socket.on('data', receive);
  socket.on('close', close);
}

/** A SPDY connection over whatever carries its bytes. */
export function openSpdy(
  cluster: HttpCluster,
  rest: RestRequest,
  sink: ByteSink,
  onHead: (response: RestResponse) => void,
): { receive(bytes: Buffer): void; close(): void } {
  const open = (request: RestRequest, handler: StreamHandler) => cluster.stream(request, handler);
  if (!isPortForward(rest)) {
    let running: RestStream | undefined;
    const connection = serveRemoteCommand(sink, (handler) => {
      running = open(rest, { ...handler, head: onHead });
      return running;
    });
    return { receive: (bytes) => connection.receive(bytes), close: () => running?.close() };
  }
  // A request without ports, to be told whether it may be at all.
  const permit = open(rest, { head: onHead, chunk() {}, end() {} });
  const path = rest.path.split('?', 1)[0]!;
  const forwarded = servePortForward(sink, (port, handler) =>
    open({ ...rest, path: `${path}?ports=${port}` }, handler),
  );
  return {
    receive: (bytes) => forwarded.connection.receive(bytes),
    close() {
      forwarded.close();
      permit.close();
    },
  };
}
