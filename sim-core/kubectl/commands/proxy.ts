import { decodeUtf8, encodeUtf8 } from '../../api/utf8.ts';
import type { RestRequest } from '../../client/rest.ts';
import type { Command, Context } from '../command.ts';
import type { HostConnection } from '../environment.ts';
import { KubectlError } from '../errors.ts';
import { flag } from '../flags.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Whether one of a list of comma-separated expressions matches. */
function matches(expressions: string, text: string): boolean {
  return expressions.split(',').some((expression) => new RegExp(expression).test(text));
}

/** Answers one plain HTTP request on a connection with the server's answer. */
async function answer(context: Context, head: string, body: string, connection: HostConnection): Promise<void> {
  const { flags } = context;
  const [line = '', ...headerLines] = head.split('\r\n');
  const [method = '', target = ''] = line.split(' ');
  const headers = Object.fromEntries(
    headerLines.map(
      (header) =>
        [header.slice(0, header.indexOf(':')).toLowerCase(), header.slice(header.indexOf(':') + 1).trim()] as const,
    ),
  );
  const send = (status: number, text: string, type: string): void => {
    const bytes = encodeUtf8(text);
    connection.write(
      encodeUtf8(
        `HTTP/1.1 ${status} \r\ncontent-type: ${type}\r\ncontent-length: ${bytes.length}\r\nconnection: close\r\n\r\n`,
      ),
    );
    connection.write(bytes);
    connection.end();
  };
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  const path = target.split('?')[0]!;
  const allowed =
    flags.bool('disable-filter') ||
    (matches(flags.string('accept-hosts'), host) &&
      matches(flags.string('accept-paths'), path) &&
      !matches(flags.string('reject-paths'), path) &&
      !matches(flags.string('reject-methods'), method));
  if (!allowed || !METHODS.includes(method)) {
    send(403, 'Forbidden\n', 'text/plain');
    return;
  }
  const prefix = flags.string('api-prefix').replace(/\/$/, '');
  const api = await context.api();
  const response = await api.raw(
    method as RestRequest['method'],
    target.startsWith(prefix) ? target.slice(prefix.length) || '/' : target,
    {
      accept: headers.accept ?? '*/*',
      contentType: headers['content-type'],
      body: body === '' ? undefined : body,
    },
  );
  const text = typeof response.body === 'string' ? response.body : JSON.stringify(response.body);
  send(
    response.status,
    text,
    response.headers['content-type'] ?? (typeof response.body === 'string' ? 'text/plain' : 'application/json'),
  );
}

function serve(context: Context, connection: HostConnection): void {
  let text = '';
  connection.onData((bytes) => {
    text += decodeUtf8(bytes);
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/content-length:\s*(\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
    const body = text.slice(end + 4);
    if (encodeUtf8(body).length < length) return;
    const head = text.slice(0, end);
    text = '';
    answer(context, head, body, connection).catch(() => connection.end());
  });
}

async function run(context: Context): Promise<undefined> {
  const { flags, env } = context;
  const port = flags.number('port');
  if (flags.string('unix-socket') !== '' && flags.changed('port'))
    throw new KubectlError('cannot set --unix-socket and --port at the same time');
  if (env.hostPorts === undefined)
    throw new KubectlError(
      'proxy is not available here: this machine has no ports of its own. `kubectl get --raw PATH` reads the API directly',
    );
  const address = flags.string('address');
  const bound = await env.hostPorts.listen(address, port, (connection) => serve(context, connection), env.signal);
  context.out(`Starting to serve on ${address}:${bound}\n`);
  await new Promise<void>((resolve) => {
    if (env.signal === undefined || env.signal.aborted) resolve();
    else env.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  return undefined;
}

export const command: Command = {
  name: 'proxy',
  use: 'proxy [--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix]',
  short: 'Serve the API on a local port',
  flags: [
    flag('accept-hosts', 'string', '^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$', 'Hosts to answer'),
    flag('accept-paths', 'string', '^.*', 'Paths to answer'),
    flag('address', 'string', '127.0.0.1', 'Address to listen on'),
    flag('api-prefix', 'string', '/', 'Where the API stands'),
    flag('append-server-path', 'bool', 'false', "Append the path of the server's address"),
    flag('disable-filter', 'bool', 'false', 'Answer everything'),
    flag('keepalive', 'duration', '0s', 'How long connections are kept'),
    flag('p,port', 'int', '8001', 'Port to listen on; 0 picks one'),
    flag('reject-methods', 'string', '^$', 'Methods to refuse'),
    flag('reject-paths', 'string', '^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach', 'Paths to refuse'),
    flag('u,unix-socket', 'string', '', 'Socket to listen on instead'),
    flag('w,www', 'string', '', 'Folder with files to serve'),
    flag('P,www-prefix', 'string', '/static/', 'Where the files stand'),
  ],
  run,
};
