import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { preferredLanguage } from './preferred-language.ts';
import { serveFolder } from './static-server.ts';

const parent = mkdtempSync(path.join(tmpdir(), 'jotasu-static-'));
const folder = path.join(parent, 'dist');
let site: Awaited<ReturnType<typeof serveFolder>>;

/** A request whose path is sent as it is written: fetch would tidy `..` away. */
function get(target: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const { port } = new URL(site.address);
    const sent = request({ host: '127.0.0.1', port, path: target, headers, method }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject).end();
  });
}

beforeAll(async () => {
  mkdirSync(path.join(folder, 'ko/start'), { recursive: true });
  for (const page of ['ko/start', 'en/playground', 'ko/build-your-own/write-a-controller']) {
    mkdirSync(path.join(folder, page), { recursive: true });
    writeFileSync(path.join(folder, page, 'index.html'), page);
  }
  mkdirSync(path.join(folder, '_astro'));
  writeFileSync(path.join(parent, 'secret.txt'), 'secret');
  writeFileSync(path.join(folder, 'ko/index.html'), '<p>안녕</p>');
  writeFileSync(path.join(folder, '404.html'), 'nothing here');
  writeFileSync(path.join(folder, '_astro/a.b1c2.js'), 'export {};');
  site = await serveFolder({ folder, port: 0 });
});
afterAll(() => site.close());

describe('the static server', () => {
  it('serves pages and scripts with their types and caching', async () => {
    expect(await get('/ko/')).toMatchObject({ status: 200, body: '<p>안녕</p>' });
    const page = await get('/ko/index.html?x=1');
    expect(page.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' });
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    const script = await get('/_astro/a.b1c2.js');
    expect(script.headers['content-type']).toContain('javascript');
    expect(script.headers['cache-control']).toContain('immutable');
  });

  it('sends texts compressed to those who take it, as they are after the latest build', async () => {
    const file = path.join(folder, 'ko/long.html');
    writeFileSync(file, '조타수'.repeat(1000));
    const plain = await get('/ko/long.html');
    expect(plain.headers).toMatchObject({ 'content-length': '9000', vary: 'accept-encoding' });
    expect(plain.headers['content-encoding']).toBeUndefined();
    const ask = async () => fetch(`${site.address}/ko/long.html`);
    const answer = await ask();
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(Number(answer.headers.get('content-length'))).toBeLessThan(500);
    expect(await answer.text()).toBe('조타수'.repeat(1000));
    writeFileSync(file, '파드'.repeat(1000));
    expect(await (await ask()).text()).toBe('파드'.repeat(1000));
    expect(
      (await get('/ko/long.html', { 'accept-encoding': 'br, gzip;q=0' })).headers['content-encoding'],
    ).toBeUndefined();
    expect((await get('/_astro/a.b1c2.js', { 'accept-encoding': 'gzip' })).headers['content-encoding']).toBeUndefined();
  });

  it('isolates the pages that offer a container, those where it was chosen, their Workers, and nothing else', async () => {
    const opener = async (target: string) => (await get(target)).headers['cross-origin-opener-policy'];
    expect(await opener('/en/playground/')).toBe('same-origin');
    expect(await opener('/ko/build-your-own/write-a-controller/')).toBe('same-origin');
    expect(await opener('/ko/start/')).toBeUndefined();
    expect(await opener('/ko/')).toBeUndefined();
    const chosen = (await get('/ko/start/?runtime=container')).headers;
    expect(chosen['cross-origin-embedder-policy']).toBe('require-corp');
    expect(chosen['content-security-policy']).toContain('frame-src');
    expect((await get('/ko/start/')).headers['content-security-policy']).not.toContain('frame-src');
    expect((await get('/_astro/a.b1c2.js')).headers['cross-origin-embedder-policy']).toBe('require-corp');
    expect((await get('/ko/start?runtime=container')).headers.location).toBe('/ko/start/?runtime=container');
  });

  it('sends the root to the language of the browser, and folders to their slash', async () => {
    expect(await get('/', { 'accept-language': 'ko-KR,ko;q=0.9,en;q=0.8' })).toMatchObject({
      status: 302,
      headers: { location: '/ko/' },
    });
    expect(await get('/')).toMatchObject({ status: 302, headers: { location: '/en/' } });
    expect(await get('/ko')).toMatchObject({ status: 301, headers: { location: '/ko/' } });
    expect((await get('//ko')).headers.location).toBe('/ko/');
  });

  it.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/ko/../../secret.txt',
    '/..%2fsecret.txt',
    '/%00',
    '/%zz',
    '/\\..\\secret.txt',
  ])('keeps %s inside its folder', async (target) => {
    const { status, body } = await get(target);
    expect([400, 404]).toContain(status);
    expect(body).not.toContain('secret');
  });

  it('answers what is missing and what is not allowed', async () => {
    expect(await get('/nowhere')).toMatchObject({ status: 404, body: 'nothing here' });
    expect(await get('/ko/', {}, 'POST')).toMatchObject({ status: 405 });
    expect(await get('/ko/', {}, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  it('takes the next port when one is taken', async () => {
    const taken = Number(new URL(site.address).port);
    const second = await serveFolder({ folder, port: taken, fallbacks: 20 });
    expect(second.address).not.toBe(site.address);
    await second.close();
    await expect(serveFolder({ folder, port: taken })).rejects.toThrow('EADDRINUSE');
  });
});

describe('the preferred language', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['ko', 'ko'],
    ['KO-kr', 'ko'],
    ['en-US,en;q=0.9,ko;q=0.8', 'en'],
    ['en;q=0.5, ko;q=0.7', 'ko'],
    ['fr,ko;q=0.1', 'ko'],
    ['ko;q=0,en;q=0.1', 'en'],
    ['ko;q=nonsense', 'ko'],
    ['kok', 'en'],
  ])('%s asks for %s', (header, language) => {
    expect(preferredLanguage(header)).toBe(language);
  });
});
