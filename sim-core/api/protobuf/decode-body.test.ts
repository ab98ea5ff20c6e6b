import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decode } from '../schema/decode.ts';
import { typeForKind } from '../schema/schema.ts';
import { decodeProtobufBody, isProtobufBody } from './decode-body.ts';
import { ProtoWriter } from './writer.ts';

/** Request bodies of kubectl 1.33, and what the same command prints with `--dry-run=client -o json`, where it can. */
const captured = JSON.parse(
  readFileSync(new URL('../../../tests/fixtures/protobuf-bodies.json', import.meta.url), 'utf8'),
) as { command: string; body: string; dryRun: Record<string, unknown> | null }[];

function read(body: Uint8Array): Record<string, unknown> {
  const object = decodeProtobufBody(body);
  const [version = '', group = ''] = (object.apiVersion as string).split('/').reverse();
  const { value, errors, unknownFields } = decode(object, typeForKind(group, version, object.kind as string)!, {
    strict: 'Strict',
  });
  expect({ errors, unknownFields }).toEqual({ errors: [], unknownFields: [] });
  return value!;
}

function body(command: string): Uint8Array {
  return Buffer.from(captured.find((one) => one.command.startsWith(command))!.body, 'base64');
}

/** An object of a kind in its envelope. */
function envelope(apiVersion: string, kind: string, fill: (writer: ProtoWriter) => void): Uint8Array {
  const writer = new ProtoWriter();
  writer.message(1, (meta) => meta.string(1, apiVersion).string(2, kind)).message(2, fill);
  return Uint8Array.from([0x6b, 0x38, 0x73, 0, ...writer.finish()]);
}

describe('bodies that kubectl 1.33 sends', () => {
  test.each(captured.filter((one) => one.dryRun !== null))('$command', ({ body: base64, dryRun }) => {
    const found = read(Buffer.from(base64, 'base64'));
    // What kubectl prints for itself lacks the namespace that it sends along.
    const { namespace: _, ...metadata } = found.metadata as Record<string, unknown>;
    const { namespace: __, ...expected } = dryRun!.metadata as Record<string, unknown>;
    expect({ ...found, metadata }).toEqual({ ...dryRun, metadata: expected });
  });

  test('reviews and tokens', () => {
    expect(read(body('kubectl create token'))).toMatchObject({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: ['a', 'b'], expirationSeconds: 600 },
    });
    expect(read(body('kubectl auth can-i get pods'))).toMatchObject({
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { namespace: 'team-a', verb: 'get', resource: 'pods', subresource: 'log' } },
    });
    expect(read(body('kubectl auth can-i get /healthz'))).toMatchObject({
      spec: { nonResourceAttributes: { path: '/healthz', verb: 'get' } },
    });
    expect(read(body('kubectl auth can-i --list'))).toMatchObject({
      kind: 'SelfSubjectRulesReview',
      spec: { namespace: 'team-a' },
    });
    expect(read(body('kubectl auth whoami'))).toMatchObject({
      kind: 'SelfSubjectReview',
      apiVersion: 'authentication.k8s.io/v1',
    });
  });
});

describe('what no kubectl sends', () => {
  test('messages that JSON inlines, maps with odd keys', () => {
    const pod = envelope('v1', 'Pod', (writer) =>
      writer
        .message(1, (meta) => meta.string(1, 'p').message(11, (label) => label.string(1, '__proto__').string(2, 'x')))
        .message(2, (spec) =>
          spec
            .message(1, (volume) =>
              volume.string(1, 'v').message(2, (source) => source.message(2, (empty) => empty.string(1, 'Memory'))),
            )
            .varint(25, 5)
            .message(2, (container) =>
              container
                .string(1, 'c')
                .message(10, (probe) =>
                  probe
                    .message(1, (handler) =>
                      handler.message(2, (get) =>
                        get.string(1, '/').message(2, (port) => port.varint(1, 1).string(3, 'http')),
                      ),
                    )
                    .varint(2, 7),
                ),
            ),
        ),
    );
    const value = read(pod) as { metadata: { labels: object }; spec: Record<string, unknown> };
    expect(Object.entries(value.metadata.labels)).toEqual([['__proto__', 'x']]);
    expect(value.spec).toMatchObject({
      priority: 5,
      volumes: [{ name: 'v', emptyDir: { medium: 'Memory' } }],
      containers: [{ name: 'c', livenessProbe: { httpGet: { path: '/', port: 'http' }, initialDelaySeconds: 7 } }],
    });
  });

  test('times, quantities and raw JSON', () => {
    const lease = envelope('coordination.k8s.io/v1', 'Lease', (writer) =>
      writer
        .message(1, (meta) => meta.string(1, 'l').message(8, (time) => time.varint(1, 1_700_000_000)))
        .message(2, (spec) => spec.message(4, (time) => time.varint(1, 1_700_000_000).varint(2, 5_000_000))),
    );
    expect(read(lease)).toMatchObject({
      metadata: { creationTimestamp: '2023-11-14T22:13:20Z' },
      spec: { renewTime: '2023-11-14T22:13:20.005000Z' },
    });
    const revision = envelope('apps/v1', 'ControllerRevision', (writer) =>
      writer.message(2, (raw) => raw.string(1, '{"spec":{"a":[1]}}')).varint(3, 4),
    );
    expect(read(revision)).toMatchObject({ data: { spec: { a: [1] } }, revision: 4 });
  });

  test('DeleteOptions of any group', () => {
    const options = envelope('apps/v1', 'DeleteOptions', (writer) => writer.varint(1, 30).string(4, 'Foreground'));
    expect(decodeProtobufBody(options)).toEqual({
      apiVersion: 'apps/v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 30,
      propagationPolicy: 'Foreground',
    });
  });

  test('is refused with a reason', () => {
    expect(isProtobufBody(new TextEncoder().encode('{"kind":"Pod"}'))).toBe(false);
    expect(() => decodeProtobufBody(new TextEncoder().encode('{}'))).toThrow('expected prefix [107 56 115 0]');
    expect(() => decodeProtobufBody(envelope('v1', 'Nothing', () => {}))).toThrow(
      'no kind "Nothing" is registered for version "v1"',
    );
    expect(() =>
      decodeProtobufBody(
        envelope('apiextensions.k8s.io/v1', 'CustomResourceDefinition', (writer) => writer.string(1, '')),
      ),
    ).toThrow('is read as JSON only');
    const web = body('kubectl create deployment web');
    expect(() => decodeProtobufBody(web.subarray(0, web.length - 20))).toThrow('unexpected EOF');
    expect(() => decodeProtobufBody(envelope('v1', 'Pod', (writer) => writer.varint(1, 1)))).toThrow(
      'proto: wrong wireType = 0',
    );
  });

  test('never makes it fail in another way, whatever is damaged', () => {
    for (const { body: base64 } of captured) {
      const bytes = Buffer.from(base64, 'base64');
      for (let index = 4; index < bytes.length; index++) {
        const damaged = Uint8Array.from(bytes);
        damaged[index]! ^= 1 << (index % 8);
        try {
          decodeProtobufBody(damaged);
        } catch (error) {
          expect((error as Error).name).toMatch(/^(ProtoError|JsonSyntaxError)$/);
        }
      }
    }
  });
});
