import type { HttpResponse } from '../../process.ts';
import { statusText } from '../../programs/http.ts';

/** A URL taken apart; `undefined` when it is none. */
export interface Address {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly user: string | undefined;
}

export function parseUrl(text: string): Address | undefined {
  const match =
    /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):\/\/)?(?:([^/@?#]*)@)?(\[[0-9a-fA-F:]+\]|[^/:?#]*)(?::(\d*))?([/?][^#]*)?(?:#.*)?$/.exec(
      text,
    );
  if (match === null || match[3] === '') return undefined;
  const scheme = (match[1] ?? 'http').toLowerCase();
  const port = match[4] === undefined || match[4] === '' ? (scheme === 'https' ? 443 : 80) : Number(match[4]);
  if (port < 1 || port > 65_535) return undefined;
  const path = match[5] ?? '/';
  return {
    scheme,
    host: match[3]!.replace(/[[\]]/g, ''),
    port,
    path: path.startsWith('/') ? path : `/${path}`,
    user: match[2],
  };
}

export function hostHeader({ host, port, scheme }: Address): string {
  return port === (scheme === 'https' ? 443 : 80) ? host : `${host}:${port}`;
}

export function responseHead(response: HttpResponse): string {
  let text = `HTTP/1.1 ${response.status} ${statusText(response.status)}\r\n`;
  for (const [name, value] of Object.entries(response.headers))
    text += `${name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())}: ${value}\r\n`;
  return `${text}\r\n`;
}
