import type { IncomingHttpHeaders } from 'node:http';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Why a request must not be answered, if so. The door stands on loopback, where every page that a browser has open could knock: names that
 * resolve to loopback by someone's DNS (rebinding) and requests from other sites are sent away.
 */
export function refusedSite(headers: IncomingHttpHeaders): string | undefined {
  const host = headers.host ?? '';
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (!LOOPBACK.has(name)) return `the host name "${name}" is not one of this server: use localhost or 127.0.0.1`;
  const { origin } = headers;
  if (origin !== undefined && origin !== `https://${host}` && origin !== `http://${host}`) {
    return 'requests from other sites are not answered';
  }
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') return 'requests from other sites are not answered';
  return undefined;
}
