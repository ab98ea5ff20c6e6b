import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { Lab, pathOf } from '../../sim-core/apiserver/testing/lab.ts';
import type { SetupManifest } from '../../sim-core/cluster/cluster.ts';

type Manifest = SetupManifest & { metadata: { name: string; namespace?: string }; items?: Manifest[] };

const manifestsOf = (file: string) =>
  parseAllDocuments(readFileSync(file, 'utf8')).flatMap((document) => {
    const manifest = document.toJS() as Manifest;
    return manifest.kind === 'List' ? manifest.items! : [manifest];
  });
const folder = path.join(import.meta.dirname, 'accepted');

/** Asks for a manifest to be created, or applied by the server, strictly. */
function send(lab: Lab, manifest: Manifest, how: 'create' | 'apply') {
  const served = lab.cluster.server.resources.of(manifest);
  if (served === undefined) throw new Error(`${manifest.apiVersion} ${manifest.kind} is not served`);
  const { name, namespace = 'default' } = manifest.metadata;
  const collection = pathOf(
    manifest.apiVersion,
    served.resource.plural,
    served.resource.namespaced ? namespace : undefined,
  );
  return how === 'create'
    ? lab.send('POST', `${collection}?fieldValidation=Strict`, manifest)
    : lab.send(
        'PATCH',
        `${collection}/${name}?fieldManager=test&force=true&fieldValidation=Strict`,
        manifest,
        undefined,
        '',
        {
          'content-type': 'application/apply-patch+yaml',
        },
      );
}

const refusalOf = ({ body }: ReturnType<typeof send>) => (body.kind === 'Status' ? body.message : undefined);

describe.each(readdirSync(folder))('%s', (name) => {
  it.each(['create', 'apply'] as const)('is accepted by %s, and applied again changes nothing', (how) => {
    const lab = new Lab('lab');
    for (const manifest of manifestsOf(path.join(folder, name))) {
      const first = send(lab, manifest, how);
      expect(refusalOf(first), `${manifest.kind} ${manifest.metadata.name}`).toBeUndefined();
      expect(first.status).toBe(201);
      // Its kind is served a moment later.
      if (manifest.kind === 'CustomResourceDefinition') lab.settle(1);
      const applied = send(lab, manifest, 'apply');
      const again = send(lab, manifest, 'apply');
      expect(refusalOf(again), `${manifest.kind} ${manifest.metadata.name}, applied again`).toBeUndefined();
      expect(again.status).toBe(200);
      expect(again.body.metadata).toEqual(applied.body.metadata);
    }
  });
});

const refusals = parseAllDocuments(readFileSync(path.join(import.meta.dirname, 'refused.yaml'), 'utf8')).map(
  (document) => document.toJS() as { readonly refused: string; readonly manifest: Manifest },
);

describe('refused', () => {
  const lab = new Lab('lab');
  it.each(refusals)('$refused', ({ refused, manifest }) => {
    const answer = send(lab, manifest, 'create');
    expect(refusalOf(answer)).toBe(refused);
  });
});
