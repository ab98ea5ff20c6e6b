import { describe, expect, it } from 'vitest';
import { encodeBase64 } from '../api/base64.ts';
import type { KubeObject } from '../api/objects.ts';
import { CERTIFICATE_REQUEST } from '../api/x509.fixture.ts';
import { certificateSigningRequests } from '../resources/certificate-signing-request.ts';
import { nodes } from '../resources/node.ts';
import { persistentVolumes } from '../resources/persistent-volume.ts';
import { persistentVolumeClaims } from '../resources/persistent-volume-claim.ts';
import { pods } from '../resources/pod.ts';
import { secrets } from '../resources/secret.ts';
import { serviceAccounts } from '../resources/service-account.ts';
import { volumeAttachments } from '../resources/volume-attachment.ts';
import { attachDetachController } from './attach-detach.ts';
import { certificateCleanerController } from './certificate-cleaner.ts';
import type { ControllerDefinition } from './controller.ts';
import { ephemeralVolumeController } from './ephemeral-volume.ts';
import { persistentVolumeBinderController } from './persistent-volume/index.ts';
import { serviceAccountTokenController } from './service-account-token.ts';
import { TestCluster } from './testing/test-cluster.ts';

describe('the token controller', () => {
  const signing: ControllerDefinition = {
    ...serviceAccountTokenController,
    setUp(context) {
      const settings = { ...context.settings, rootCA: 'CA', signToken: () => 'signed' };
      serviceAccountTokenController.setUp({ ...context, settings });
    },
  };

  it('fills token Secrets and deletes them with their account', () => {
    const cluster = new TestCluster({ controllers: [signing] });
    const account = cluster.create(serviceAccounts, { metadata: { name: 'bot' } });
    cluster.create(secrets, {
      metadata: { name: 'bot-token', annotations: { 'kubernetes.io/service-account.name': 'bot' } },
      type: 'kubernetes.io/service-account-token',
    });
    cluster.settle();
    const secret = cluster.get(secrets, 'bot-token');
    expect(secret.data).toEqual({ 'ca.crt': btoa('CA'), namespace: btoa('default'), token: btoa('signed') });
    expect(secret.metadata.annotations?.['kubernetes.io/service-account.uid']).toBe(account.metadata.uid);
    cluster.client.delete(serviceAccounts, 'default', 'bot');
    cluster.settle();
    expect(cluster.find(secrets, 'bot-token')).toBeUndefined();
  });
});

describe('the CSR cleaner', () => {
  it('removes requests an hour after they were decided, and undecided ones after a day', () => {
    const cluster = new TestCluster({ controllers: [certificateCleanerController] });
    const spec = {
      request: encodeBase64(CERTIFICATE_REQUEST),
      signerName: 'lab.example/s',
      usages: ['client auth'],
    };
    cluster.create(certificateSigningRequests, { metadata: { name: 'decided' }, spec });
    cluster.create(certificateSigningRequests, { metadata: { name: 'pending' }, spec });
    const decided = cluster.find(certificateSigningRequests, 'decided')!;
    const status = { conditions: [{ type: 'Approved', status: 'True' }] };
    cluster.client.updateSubresource(certificateSigningRequests, { ...decided, status } as KubeObject, 'approval');
    cluster.wait(3 * 3600);
    expect(cluster.find(certificateSigningRequests, 'decided')).toBeUndefined();
    expect(cluster.find(certificateSigningRequests, 'pending')).toBeDefined();
    cluster.wait(23 * 3600);
    expect(cluster.find(certificateSigningRequests, 'pending')).toBeUndefined();
  });
});

describe('ephemeral volumes and attachment', () => {
  it('make the claim of an ephemeral volume, and attach and detach its volume', () => {
    const cluster = new TestCluster({
      controllers: [ephemeralVolumeController, persistentVolumeBinderController, attachDetachController],
      nodes: ['worker-1'],
    });
    cluster.create(persistentVolumes, {
      metadata: { name: 'v' },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'disk',
        csi: { driver: 'disk.lab.example', volumeHandle: 'h-1' },
      },
    });
    cluster.settle();
    const spec = {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'disk',
      resources: { requests: { storage: '1Gi' } },
    };
    const volumes = [{ name: 'scratch', ephemeral: { volumeClaimTemplate: { spec } } }];
    cluster.create(pods, { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'x' }], volumes } });
    cluster.settle();
    expect(cluster.get(persistentVolumeClaims, 'p-scratch').metadata.ownerReferences).toMatchObject([
      { kind: 'Pod', name: 'p', controller: true },
    ]);
    const [attachment] = cluster.list(volumeAttachments);
    expect(attachment!.spec).toEqual({
      attacher: 'disk.lab.example',
      nodeName: 'worker-1',
      source: { persistentVolumeName: 'v' },
    });
    cluster.changeStatus(volumeAttachments, attachment!.metadata.name, ({ status }) => {
      status.attached = true;
    });
    cluster.settle();
    expect(cluster.get(nodes, 'worker-1').status.volumesAttached).toEqual([
      { name: 'kubernetes.io/csi/disk.lab.example^h-1', devicePath: '' },
    ]);
    expect(cluster.events('Pod', 'p')).toContain(
      'Normal SuccessfulAttachVolume AttachVolume.Attach succeeded for volume "v" ',
    );
    cluster.client.delete(pods, 'default', 'p');
    cluster.settle();
    expect(cluster.list(volumeAttachments)).toEqual([]);
    expect(cluster.get(nodes, 'worker-1').status.volumesAttached).toBeUndefined();
  });
});
