import { beforeAll, describe, expect, it } from 'vitest';
import { Lab } from '../testing/lab.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
let lab: Lab;

beforeAll(() => {
  lab = new Lab();
  for (const name of ['a', 'b', 'c']) lab.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
});

const listOptions = (why: string) => [422, `ListOptions.meta.k8s.io "" is invalid: ${why}`] as const;

describe('a list is refused for', () => {
  it.each([
    ['limit=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['timeoutSeconds=abc', 400, 'strconv.ParseInt: parsing "abc": invalid syntax'],
    ['resourceVersion=abc', 400, 'Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax'],
    [
      'resourceVersionMatch=Exact',
      ...listOptions(
        'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
      ),
    ],
    [
      'resourceVersionMatch=Foo&resourceVersion=1',
      ...listOptions('resourceVersionMatch: Unsupported value: "Foo": supported values: "Exact", "NotOlderThan", ""'),
    ],
    [
      'resourceVersionMatch=Exact&resourceVersion=0',
      ...listOptions(
        'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
      ),
    ],
    ['sendInitialEvents=true', ...listOptions('sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list')],
    [
      'watch=true&sendInitialEvents=true',
      ...listOptions(
        'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
      ),
    ],
    ['continue=a!', 400, 'invalid continue token: continue key is not valid: illegal base64 data at input byte 1'],
    [
      'continue=eyJ2IjoidjIifQ',
      400,
      'invalid continue token: continue key is not valid: server does not recognize this encoded version',
    ],
  ] as const)('%s', (query, status, message) => {
    const answer = lab.send('GET', `${MAPS}?${query}`);
    expect([answer.body.message, answer.status]).toEqual([message, status]);
  });

  it('a revision that is still to come, which is worth another try', () => {
    const answer = lab.send('GET', `${MAPS}?resourceVersion=99999999`);
    expect(answer.body).toMatchObject({
      message: expect.stringMatching(/^Timeout: Too large resource version: 99999999, current: \d+$/),
      reason: 'Timeout',
      details: { causes: [{ reason: 'ResourceVersionTooLarge' }], retryAfterSeconds: 1 },
      code: 504,
    });
  });

  it('pages follow each other', () => {
    const first = lab.get(`${MAPS}?limit=2`) as unknown as { metadata: { continue: string } };
    const second = lab.get(`${MAPS}?limit=2&continue=${first.metadata.continue}`) as unknown as {
      items: { metadata: { name: string } }[];
    };
    expect(second.items.map(({ metadata }) => metadata.name)).toEqual(['c', 'kube-root-ca.crt']);
  });
});

describe('a body is refused that', () => {
  const unrecognized = (why: string) => `the object provided is unrecognized (must be of type ConfigMap): ${why}`;
  it.each([
    [
      'is missing',
      '',
      unrecognized("couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)"),
    ],
    [
      'ends too early',
      '{"kind":"ConfigMap","apiVersion":"v1"',
      unrecognized(
        'couldn\'t get version/kind; json parse error: unexpected end of JSON input ({"kind":"ConfigMap","apiVersio ...)',
      ),
    ],
    [
      'is of another kind',
      { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'x' } },
      'Pod in version "v1" cannot be handled as a ConfigMap: converting (v1.Pod) to (core.ConfigMap): unknown conversion',
    ],
    [
      'is of no kind that there is',
      { kind: 'ConfigMap', apiVersion: 'v2', metadata: { name: 'x' } },
      'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2" in scheme "pkg/api/legacyscheme/scheme.go:30"',
    ],
  ])('%s', (_what, body, message) => {
    const answer = lab.send('POST', MAPS, body);
    expect([answer.body.message, answer.status]).toEqual([message, 400]);
  });

  it('is of a media type that nobody reads', () => {
    const answer = lab.send('POST', MAPS, 'hi', undefined, '', { 'content-type': 'text/plain' });
    expect([answer.body.message, answer.status]).toEqual([
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
      415,
    ]);
  });

  it('has a resourceVersion already', () => {
    const object = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'x', resourceVersion: '5' } };
    const { body } = lab.send('POST', MAPS, object);
    expect(body).toMatchObject({ message: 'resourceVersion should not be set on objects to be created', code: 500 });
    expect(lab.send('GET', `${MAPS}/x`).status).toBe(404);
  });
});

describe('a deletion', () => {
  it('names its own options where they are wrong', () => {
    expect(lab.send('DELETE', `${MAPS}/a?dryRun=Some`).body.message).toBe(
      'DeleteOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    );
  });

  it('holds to its preconditions', () => {
    const { metadata } = lab.get(`${MAPS}/a`) as unknown as { metadata: { uid: string; resourceVersion: string } };
    const refused = (preconditions: object) => lab.send('DELETE', `${MAPS}/a`, { preconditions }).body.message;
    expect(refused({ uid: 'x' })).toBe(
      `Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (x) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
    expect(refused({ resourceVersion: '1' })).toBe(
      `Operation cannot be fulfilled on ConfigMap "a": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
    const { uid, resourceVersion } = metadata;
    const { body } = lab.send('DELETE', `${MAPS}/a`, { preconditions: { uid, resourceVersion } });
    expect(JSON.stringify(body)).toBe(
      `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","details":{"name":"a","kind":"configmaps","uid":"${uid}"}}`,
    );
  });
});

describe('an update that names no version, or 0,', () => {
  const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases';

  it('is unconditional', () => {
    const map = (resourceVersion?: string) => ({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name: 'b', resourceVersion },
      data: { at: `${resourceVersion}` },
    });
    for (const version of ['0', undefined, '']) {
      const { status, body } = lab.send('PUT', `${MAPS}/b`, map(version));
      expect([status, body.data]).toEqual([200, { at: `${version}` }]);
    }
    expect(lab.send('PUT', `${MAPS}/b`, map('1')).status).toBe(409);
    expect(lab.send('PUT', `${MAPS}/b`, map('abc')).body.message).toBe(
      'strconv.ParseUint: parsing "abc": invalid syntax',
    );
  });

  it('is refused for kinds that are only changed by those who have read them', () => {
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' } };
    lab.create(lease);
    expect(lab.send('PUT', `${LEASES}/l`, lease).body).toMatchObject({
      message:
        'leases.coordination.k8s.io "l" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update',
      details: { group: 'coordination.k8s.io', kind: 'leases' },
      code: 422,
    });
  });
});

it('an apply that knows a uid does not create another object', () => {
  const config = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'new', uid: '1' } };
  const type = { 'content-type': 'application/apply-patch+yaml' };
  expect(lab.send('PATCH', `${MAPS}/new?fieldManager=m`, config, undefined, '', type).body.message).toBe(
    'Operation cannot be fulfilled on configmaps "new": uid mismatch: the provided object specified uid 1, and no existing object was found',
  );
});

describe('what no route is for', () => {
  it.each([
    ['PUT', MAPS],
    ['PATCH', MAPS],
    ['POST', `${MAPS}/a`],
    ['DELETE', '/api/v1/namespaces'],
    ['POST', '/api/v1/configmaps'],
  ] as const)('%s %s', (method, path) => {
    expect(lab.send(method, path, {}).body).toMatchObject({
      message: 'the server does not allow this method on the requested resource',
      reason: 'MethodNotAllowed',
      details: {},
      code: 405,
    });
  });
});

it.each([
  ['x'.repeat(129), 'Too long: may not be more than 128 bytes'],
  ['%01', 'Invalid value: "\\x01": should only contain printable characters'],
])('a field manager is refused: %s', (manager, why) => {
  const { body } = lab.send('POST', `${MAPS}?fieldManager=${manager}`, { metadata: { name: 'z' } });
  expect(body.message).toBe(`CreateOptions.meta.k8s.io "" is invalid: fieldManager: ${why}`);
});
