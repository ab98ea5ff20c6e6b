import type { RestClient, RestRequest, RestResponse } from '../client/rest.ts';
import type { KubectlEnvironment } from './environment.ts';
import { rfc3339 } from './printers/human.ts';

const STATUS_TEXTS: Readonly<Record<number, string>> = {
  101: 'Switching Protocols',
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  409: 'Conflict',
  410: 'Gone',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** `-v=6` and above: each request and its answer on stderr, as client-go's round trippers log them. */
export function logged(rest: RestClient, env: KubectlEnvironment, level: number, config: string): RestClient {
  const say = (place: string, text: string): void => {
    const [, month, day, time] = /^\d+-(\d\d)-(\d\d)T([\d:]+)/.exec(rfc3339(env.now()))!;
    const fraction = String(Math.floor(env.now() * 1000) % 1_000_000).padStart(6, '0');
    env.stderr.write(`I${month}${day} ${time}.${fraction}       1 ${place}] ${text}\n`);
  };
  say('loader.go:402', `Config loaded from file:  ${config}`);
  const ask = (request: RestRequest): number => {
    if (level >= 8) say('helper.go:105', `"Request Body" body=${bodyText(request.body, isPlainJson(request))}`);
    if (level >= 7)
      say('round_trippers.go:527', `"Request" ${whereOf(rest, request)} headers=${headerText(request.headers ?? {})}`);
    return env.now();
  };
  const told = (request: RestRequest, { status, headers, body }: RestResponse, from: number): void => {
    const where = level >= 7 ? '' : `${whereOf(rest, request)} `;
    const shown = level >= 8 ? ` headers=${headerText(headers)}` : '';
    const text = `${status} ${STATUS_TEXTS[status] ?? ''}`.trim();
    say(
      'round_trippers.go:632',
      `"Response" ${where}status=${JSON.stringify(text)}${shown} milliseconds=${Math.round(env.now() - from)}`,
    );
    if (level >= 8) say('helper.go:105', `"Response Body" body=${bodyText(body)}`);
  };
  return {
    server: rest.server,
    async request(request, signal) {
      const from = ask(request);
      const response = await rest.request(request, signal);
      told(request, response, from);
      return response;
    },
    stream(request, handler) {
      const from = ask(request);
      return rest.stream(request, {
        head: (response) => {
          told(request, response, from);
          handler.head(response);
        },
        chunk: (chunk) => handler.chunk(chunk),
        end: () => handler.end(),
      });
    },
  };
}

function whereOf(rest: RestClient, { method, path }: RestRequest): string {
  return `verb=${JSON.stringify(method)} url=${JSON.stringify(rest.server + path)}`;
}

function headerText(headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers)
    .map(([name, value]) => {
      const shown = name === 'authorization' ? value.replace(/ .*/, ' <masked>') : value;
      return `\t${name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())}: ${shown}\n`;
    })
    .sort();
  return `<\n${lines.join('')} >`;
}

/** Whether a body is what json.Marshal made, a patch; the codecs of objects end theirs with a line break. */
function isPlainJson({ headers }: RestRequest): boolean {
  return /^application\/(json|merge|strategic-merge)-patch\+json$/.test(headers?.['content-type'] ?? '');
}

/** A body as klog shows a text: of one line in quotes, of several between brackets. */
function bodyText(body: unknown, plain = false): string {
  if (body === undefined) return '""';
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  if (plain) return JSON.stringify(text);
  return /["\n]/.test(text) ? `<\n${text.trimEnd().replace(/^/gm, '\t')}\n >` : JSON.stringify(text);
}
