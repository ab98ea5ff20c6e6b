import { utf8Length } from '../../../api/utf8.ts';
import type { HttpResponse } from '../../process.ts';
import { httpTime, statusText } from '../http.ts';

/** Where nginx's own words for a status differ from the standard's. */
const TITLES: Readonly<Record<number, string>> = {
  302: 'Found',
  405: 'Not Allowed',
  408: 'Request Time-out',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
};

/** An answer with the headers that nginx sets. `software`: `nginx/1.27.5`, or `nginx` when it hides its version. */
export function nginxAnswer(
  now: number,
  software: string,
  status: number,
  type: string,
  body: string,
  extra: readonly (readonly [string, string])[] = [],
): HttpResponse {
  const headers: Record<string, string> = Object.create(null);
  headers.server = software;
  headers.date = httpTime(now);
  headers['content-type'] = type;
  headers['content-length'] = String(utf8Length(body));
  headers.connection = 'keep-alive';
  for (const [name, value] of extra) headers[name.toLowerCase()] = value;
  return { status, headers, body };
}

/** nginx's built-in page for a status; `note` is a line below the title, as for plain HTTP sent to a port of TLS. */
export function nginxPage(now: number, software: string, status: number, note = ''): HttpResponse {
  const title = `${status} ${TITLES[status] ?? statusText(status)}`;
  const line = note === '' ? '' : `<center>${note}</center>\r\n`;
  const head = note === '' ? title : `${status} ${note}`;
  const body = `<html>\r\n<head><title>${head}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n${line}<hr><center>${software}</center>\r\n</body>\r\n</html>\r\n`;
  return nginxAnswer(now, software, status, 'text/html', body);
}
