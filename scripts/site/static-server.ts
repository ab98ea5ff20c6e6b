/** A small static file server on loopback: what `npm start`, the browser tests and the benchmarks serve the built site with. */
import { createReadStream, readFileSync, type Stats, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { ISOLATION_HEADERS, isIsolated, VENDOR_FRAMES } from '../../site/container/isolation.ts';
import { preferredLanguage } from './preferred-language.ts';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.xml': 'application/xml',
  '.yaml': 'text/plain; charset=utf-8',
};

/** What becomes a good deal smaller on its way. */
const PACKED: ReadonlySet<string> = new Set([
  '.css',
  '.html',
  '.js',
  '.json',
  '.mjs',
  '.svg',
  '.txt',
  '.wasm',
  '.xml',
  '.yaml',
]);

function takesGzip({ headers }: IncomingMessage): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:\s|,|$))/.test(String(headers['accept-encoding'] ?? ''));
}

/** A page may load from its own origin alone. Inline scripts are Starlight's theme switch and Astro's island loader. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'self'",
].join('; ');

/** What is sent with a file besides what every file has: an isolated page may hold the container's frame, and starts Workers that are isolated. */
function isolation(file: string, target: string, frames: readonly string[]): Record<string, string> {
  const [pathname = '', search = ''] = target.split('?', 2);
  const page = file.endsWith('.html');
  if (!page) return { 'cross-origin-embedder-policy': ISOLATION_HEADERS['cross-origin-embedder-policy'] };
  if (!isIsolated(pathname, search)) return {};
  const policy = `${CONTENT_SECURITY_POLICY}; frame-src 'self' ${frames.join(' ')}`;
  return { ...ISOLATION_HEADERS, 'content-security-policy': policy };
}

export interface ServeOptions {
  /** The folder to serve. */
  folder: string;
  /** 0 for any free port. */
  port: number;
  /** How many ports after `port` to try when it is taken. */
  fallbacks?: number;
  /** Where the frames of a container come from; the vendor's unless told. */
  frames?: readonly string[];
}

/** The file for a URL path, or undefined. Paths never leave the folder. */
function findFile(folder: string, pathname: string): { file: string; stats: Stats } | undefined {
  const file = path.join(folder, pathname);
  if (file !== folder && !file.startsWith(folder + path.sep)) return undefined;
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats?.isFile()) return { file, stats };
  if (!stats?.isDirectory() || !pathname.endsWith('/')) return undefined;
  const index = path.join(file, 'index.html');
  const indexStats = statSync(index, { throwIfNoEntry: false });
  return indexStats?.isFile() ? { file: index, stats: indexStats } : undefined;
}

interface Found {
  readonly status: number;
  readonly file: string;
  readonly stats: Stats;
  readonly frames: readonly string[];
}

/** Compressed files, by what they were made of: a build that goes on beside the server changes them. */
const packed = new Map<string, Buffer>();

/** A text as it travels to a browser that takes gzip; undefined for what is small or compressed already. */
function pack(file: string, { size, mtimeMs }: Stats): Buffer | undefined {
  if (size < 1024 || !PACKED.has(path.extname(file))) return undefined;
  const key = `${file} ${size} ${mtimeMs}`;
  let content = packed.get(key);
  if (content === undefined) {
    content = gzipSync(readFileSync(file));
    packed.set(key, content);
  }
  return content;
}

function send(request: IncomingMessage, response: ServerResponse, { status, file, stats, frames }: Found): void {
  const hashed = file.includes(`${path.sep}_astro${path.sep}`);
  const content = takesGzip(request) ? pack(file, stats) : undefined;
  response.writeHead(status, {
    'content-type': CONTENT_TYPES[path.extname(file)] ?? 'application/octet-stream',
    'content-length': content?.length ?? stats.size,
    ...(content === undefined ? {} : { 'content-encoding': 'gzip' }),
    vary: 'accept-encoding',
    // Names below _astro/ hold a hash of their content; everything else is asked for again.
    'cache-control': hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    ...isolation(file, request.url ?? '/', frames),
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  if (content !== undefined) {
    response.end(content);
    return;
  }
  createReadStream(file)
    .on('error', () => response.destroy())
    .pipe(response);
}

function redirect(response: ServerResponse, status: 301 | 302, location: string): void {
  response.writeHead(status, { location, 'content-length': 0, vary: 'accept-language' }).end();
}

/** The path of a request target, decoded; undefined when it is not one. */
function decodePath(target: string): string | undefined {
  try {
    const decoded = decodeURIComponent(target.split(/[?#]/, 1)[0] ?? '');
    return decoded.startsWith('/') && !decoded.includes('\0') && !decoded.includes('\\') ? decoded : undefined;
  } catch {
    return undefined;
  }
}

function answer(folder: string, frames: readonly string[], request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD', 'content-type': 'text/plain' }).end('Method not allowed\n');
    return;
  }
  const pathname = decodePath(request.url ?? '/');
  if (pathname === undefined) {
    response.writeHead(400, { 'content-type': 'text/plain' }).end('Bad request\n');
    return;
  }
  if (pathname === '/') {
    redirect(response, 302, `/${preferredLanguage(request.headers['accept-language'])}/`);
    return;
  }
  const found = findFile(folder, pathname);
  if (found !== undefined) {
    send(request, response, { status: 200, file: found.file, stats: found.stats, frames });
  } else if (findFile(folder, `${pathname}/`) !== undefined) {
    // `//host/` would leave this site: keep one slash.
    const query = /\?[^#]*/.exec(request.url ?? '')?.[0] ?? '';
    redirect(response, 301, encodeURI(`/${pathname.replace(/^\/+/, '')}/`) + query);
  } else {
    const missing = findFile(folder, '/404.html');
    if (missing !== undefined)
      send(request, response, { status: 404, file: missing.file, stats: missing.stats, frames });
    else response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found\n');
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES');

/** Serves a folder on loopback and answers the address and a way to stop. Throws when no port could be had. */
export async function serveFolder(options: ServeOptions): Promise<{ address: string; close(): Promise<void> }> {
  const folder = path.resolve(options.folder);
  const { frames = VENDOR_FRAMES } = options;
  const server = createServer((request, response) => answer(folder, frames, request, response));
  const last = options.port === 0 ? 0 : options.port + (options.fallbacks ?? 0);
  for (let port = options.port; ; port++) {
    try {
      await listen(server, port);
      break;
    } catch (error) {
      if (!isTaken(error) || port >= last) throw error;
    }
  }
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
