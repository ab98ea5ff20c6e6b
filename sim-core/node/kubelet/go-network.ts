import type { NetworkError } from '../../images/process.ts';

/** A failed connection as Go's net package words it: `dial tcp 10.244.1.2:80: connect: connection refused`. */
export function dialError(error: NetworkError, host: string, port: number): string {
  const address = joinHostPort(host, port);
  switch (error.code) {
    case 'ECONNREFUSED':
      return `dial tcp ${address}: connect: connection refused`;
    case 'EHOSTUNREACH':
      return `dial tcp ${address}: connect: no route to host`;
    case 'ENETUNREACH':
      return `dial tcp ${address}: connect: network is unreachable`;
    case 'ENOTFOUND':
      return `dial tcp: lookup ${host}: no such host`;
    case 'ECONNRESET':
      return `read tcp ${address}: read: connection reset by peer`;
    case 'ETIMEDOUT':
      return `dial tcp ${address}: i/o timeout`;
    default:
      return `dial tcp ${address}: ${error.message}`;
  }
}

/** A failed GET as Go's net/http words it. */
export function getError(error: NetworkError, url: string, host: string, port: number): string {
  const reason =
    error.code === 'ETIMEDOUT'
      ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
      : error.code === 'ECONNRESET'
        ? 'EOF'
        : error.code === 'EPROTO'
          ? 'http: server gave HTTP response to HTTPS client'
          : dialError(error, host, port);
  return `Get "${url}": ${reason}`;
}

/** `10.244.1.2:80`, `[fd00::2]:80` (net.JoinHostPort). */
export function joinHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
