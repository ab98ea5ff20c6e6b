import { civilTime, formatHttpTime, type Micros, monthName, SECOND } from '../../engine/index.ts';

const STATUS_TEXTS: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  204: 'No Content',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  304: 'Not Modified',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Request Entity Too Large',
  418: "I'm a teapot",
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** Reason phrase of a status code. */
export function statusText(status: number): string {
  return STATUS_TEXTS[status] ?? 'Unknown';
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  htm: 'text/html',
  css: 'text/css',
  js: 'application/javascript',
  json: 'application/json',
  txt: 'text/plain',
  xml: 'text/xml',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
};

/** MIME type by a file's name; `undefined` when its ending is not known. */
export function mimeType(path: string): string | undefined {
  const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  return Object.hasOwn(TYPES, ending) ? TYPES[ending] : undefined;
}

const two = (value: number) => String(value).padStart(2, '0');

/** A time's text that changes by the second: servers tell the same one to all who ask within it. */
function perSecond(format: (time: Micros) => string): (now: number) => string {
  let second = -1;
  let text = '';
  return (now) => {
    const current = Math.floor(now / SECOND);
    if (current !== second) {
      text = format(now);
      second = current;
    }
    return text;
  };
}

/** Time as access logs write it: `01/Jan/2026:00:00:00 +0000`. */
export const commonLogTime = perSecond((now) => {
  const t = civilTime(now);
  return `${two(t.day)}/${monthName(t.month)}/${t.year}:${two(t.hour)}:${two(t.minute)}:${two(t.second)} +0000`;
});

/** Time as HTTP headers write it: `Thu, 01 Jan 2026 00:00:00 GMT`. */
export const httpTime = perSecond(formatHttpTime);

/** Undoes percent-encoding of a path; what is no valid encoding stays as it is. */
export function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
