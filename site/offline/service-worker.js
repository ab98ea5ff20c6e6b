/*
 * The course without a network. One version of this file knows all files of one build and keeps them in one cache; pages that it serves get
 * their files from that cache alone, so an old page never meets a new script. A new version is fetched whole before it takes over, and takes
 * over when no page of the old one is open, or when the only one asks it to.
 */
const VERSION = '__VERSION__';
/** Addresses of the build's files, and a digest of each. */
const MANIFEST = { __MANIFEST__: true };
/** Pages that are cross-origin isolated, on every host: by their path, or by what a learner has chosen. */
const ISOLATED = /__ISOLATED__/;
const CHOICE = { __CHOICE__: true };
const ISOLATION = { __HEADERS__: true };
const EMBEDDER = 'cross-origin-embedder-policy';
const PREFIX = 'jotasu-';
const CACHE = PREFIX + VERSION;
const DIGEST = 'x-jotasu-digest';
const AT_ONCE = 6;

self.addEventListener('install', (event) => event.waitUntil(fill()));

/** Fetches the whole build; what an older version has already with the same digest is taken from there. Fails when one file does. */
async function fill() {
  const cache = await caches.open(CACHE);
  const older = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  const addresses = Object.keys(MANIFEST);
  const work = async () => {
    for (let address = addresses.pop(); address !== undefined; address = addresses.pop()) {
      if ((await cache.match(address)) !== undefined) continue;
      const digest = MANIFEST[address];
      let found;
      for (const name of older) {
        const kept = await (await caches.open(name)).match(address);
        if (kept?.headers.get(DIGEST) === digest) found = kept;
      }
      await cache.put(address, found ?? (await download(address, digest)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function download(address, digest) {
  const answer = await fetch(address, { cache: 'no-cache' });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const body = await answer.arrayBuffer();
  // A server that is just getting another build sends some of this one and some of that. (Where `/` leads is the server's affair.)
  if (!answer.redirected && (await digestOf(body)) !== digest) throw new Error(`${address} is of another build`);
  const headers = new Headers(answer.headers);
  headers.set(DIGEST, digest);
  // The body comes unpacked: these would lie about it.
  headers.delete('content-encoding');
  headers.delete('content-length');
  return new Response(body, { status: 200, headers });
}

/** As the build computes it: SHA-256, base64url, the first twelve letters. */
async function digestOf(body) {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll('+', '-').replaceAll('/', '_').slice(0, 12);
}

self.addEventListener('activate', (event) => event.waitUntil(tidy()));

/** Forgets the builds before this one: nobody uses them any more. */
async function tidy() {
  for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
}

self.addEventListener('message', (event) => {
  if (event.data === 'take-over-if-alone') event.waitUntil(takeOverIfAlone());
});

async function takeOverIfAlone() {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (pages.length <= 1) await self.skipWaiting();
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  const address = addressOf(pathname);
  if (address !== undefined) event.respondWith(serve(address, request));
  else if (request.mode === 'navigate') event.respondWith(fetch(request).catch(() => serve('/404.html', request)));
});

function addressOf(pathname) {
  const plain = decodeURI(pathname);
  for (const address of [plain, `${plain}/`]) if (Object.hasOwn(MANIFEST, address)) return address;
  return undefined;
}

async function serve(address, request) {
  const kept = await (await caches.open(CACHE)).match(address);
  // A browser may have thrown the cache away to make room.
  return guarded(kept ?? (await fetch(request)), request);
}

/** An answer with the headers that its place asks for: hosts that send none of their own (GitHub Pages) are as good as others. */
function guarded(answer, request) {
  const { pathname, search } = new URL(request.url);
  const isPage = request.mode === 'navigate';
  const wanted = isPage
    ? ISOLATED.test(pathname) || new URLSearchParams(search).get(CHOICE.name) === CHOICE.value
    : // An isolated page starts Workers only from scripts that say so, too.
      pathname.endsWith('.js');
  const has = answer.headers.has(EMBEDDER);
  // What the host sent for one address is no reason to isolate it at another.
  if (wanted === has || (!isPage && !wanted) || answer.type === 'opaqueredirect' || answer.redirected) return answer;
  const headers = new Headers(answer.headers);
  for (const [name, value] of Object.entries(ISOLATION)) {
    if (!isPage && name !== EMBEDDER) continue;
    if (wanted) headers.set(name, value);
    else headers.delete(name);
  }
  return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers });
}
