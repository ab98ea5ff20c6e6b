import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import { request as requestOverHttp1 } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminToken } from '../../cluster/cluster.ts';
import { makeCertificates, type ServingCertificates } from './certificates.ts';
import { type HttpDoor, openHttpDoor } from './http-door.ts';
import { ServedCluster } from './served-cluster.ts';

/** The served API as clients in Go meet it: HTTP/2 over TLS, and HTTP/1.1 for whom asks for that. */
describe('the door of a served cluster', () => {
  let cluster: ServedCluster;
  let door: HttpDoor;
  let certificates: ServingCertificates;
  let session: ClientHttp2Session;
  const authorization = `Bearer ${adminToken(1)}`;

  beforeAll(async () => {
    cluster = new ServedCluster({
      cluster: { preset: 'one-worker', seed: 1, trace: { level: 'off' } },
      speed: 1,
      report: (_actor, error) => {
        throw error;
      },
    });
    certificates = await makeCertificates();
    door = await openHttpDoor({ cluster, token: adminToken(1), certificates }, 0);
    session = connect(door.url, { ca: certificates.authority });
  });

  afterAll(async () => {
    session.destroy();
    cluster.close();
    await door.close();
  });

  interface Answer {
    readonly headers: IncomingHttpHeaders & { readonly ':status'?: number };
    readonly body: string;
  }

  function ask(path: string, headers: OutgoingHttpHeaders = {}, body?: unknown): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST';
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      const stream = session.request({ ':method': method, ':path': path, authorization, ...type, ...headers });
      let text = '';
      let head: Answer['headers'] = {};
      stream.on('response', (given) => (head = given));
      stream.on('data', (data: Buffer) => (text += data.toString()));
      stream.on('end', () => resolve({ headers: head, body: text }));
      stream.on('error', reject);
      stream.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  it('speaks HTTP/2, and HTTP/1.1 to whom asks for that', async () => {
    const { headers, body } = await ask('/version');
    expect(headers[':status']).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ major: '1', minor: '33' });
    const version = await new Promise<string>((resolve, reject) =>
      requestOverHttp1(`${door.url}/version`, { ca: certificates.authority, agent: false }, (response) => {
        response.resume();
        resolve(response.httpVersion);
      })
        .on('error', reject)
        .end(),
    );
    expect(version).toBe('1.1');
  });

  it('takes each header of a repeated name by itself', async () => {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const { body } = await ask(
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      { 'impersonate-user': 'jane', 'impersonate-group': ['a,b', 'c'] },
      review,
    );
    expect(JSON.parse(body).status.userInfo).toMatchObject({
      username: 'jane',
      groups: ['a,b', 'c', 'system:authenticated'],
    });
  });

  it('knows a client by its certificate', async () => {
    const own = connect(door.url, {
      ca: certificates.authority,
      cert: certificates.clientCertificate,
      key: certificates.clientKey,
    });
    const status = await new Promise((resolve, reject) => {
      const stream = own.request({ ':path': '/api/v1/nodes' });
      stream.on('response', (given) => resolve(given[':status'])).on('error', reject);
      stream.resume();
    });
    own.destroy();
    expect(status).toBe(200);
  });

  it('sends names away that are not its own', async () => {
    const { headers, body } = await ask('/version', { ':authority': 'evil.example' });
    expect(headers[':status']).toBe(403);
    expect(body).toContain('evil.example');
    expect((await ask('/version', { origin: 'https://evil.example' })).headers[':status']).toBe(403);
  });

  it('writes what is said in Korean as UTF-8', async () => {
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'warned' }, 비밀: 1 };
    const { headers } = await ask('/api/v1/namespaces/default/configmaps?fieldValidation=Warn', {}, map);
    expect(Buffer.from(String(headers.warning), 'latin1').toString()).toBe('299 - "unknown field \\"비밀\\""');
  });

  it('goes on with a watch until its client leaves, beside other requests', async () => {
    const stream = session.request({ ':path': '/api/v1/namespaces/default/configmaps?watch=true', authorization });
    const seen = new Promise<string>((resolve) => {
      let text = '';
      stream.on('data', (data: Buffer) => {
        text += data.toString();
        if (text.includes('"watched"')) resolve(text);
      });
    });
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'watched' } };
    expect((await ask('/api/v1/namespaces/default/configmaps', {}, map)).headers[':status']).toBe(201);
    expect(JSON.parse((await seen).trim().split('\n').at(-1)!)).toMatchObject({
      type: 'ADDED',
      object: { metadata: { name: 'watched' } },
    });
    stream.close();
    expect((await ask('/version')).headers[':status']).toBe(200);
  });

  it('breaks the connection off when the API server is gone', async () => {
    cluster.session.cluster.inject({ type: 'node-power', node: 'control-plane', on: false });
    const closed = new Promise<void>((resolve) => session.once('close', resolve));
    expect((await ask('/version')).headers[':status']).toBeUndefined();
    await closed;
  });
});
