import { Client, type Transport } from '../client/index.ts';
import { type Engine, suspend } from '../engine/index.ts';
import type { ImageRepository } from '../images/image.ts';
import type { Program } from '../images/process.ts';
import { accountOf, klog, nodeOf } from '../network/daemon.ts';
import { startAttacher } from '../storage/attacher.ts';
import type { ComponentOptions } from '../storage/component.ts';
import type { Driver } from '../storage/driver.ts';
import { startProvisioner } from '../storage/provisioner.ts';
import { startResizer } from '../storage/resizer.ts';
import { DISK_DRIVER, FILE_SERVER, HOST_PATH_DRIVER, NFS_DRIVER } from '../storage/storage-system.ts';
import type { SetupManifest } from './cluster.ts';
import { image } from './control-plane.ts';
import type { Identity } from './transport.ts';

/** The controllers beside the drivers, with the version of their images. */
const SIDECARS = [
  { name: 'csi-provisioner', tag: 'v5.2.0', start: startProvisioner },
  { name: 'csi-attacher', tag: 'v4.8.1', start: startAttacher },
  { name: 'csi-resizer', tag: 'v1.13.2', start: startResizer },
] as const;

/** Images that the node has on which they run. */
export const STORAGE_IMAGES = SIDECARS.map(({ name, tag }) => `registry.k8s.io/sig-storage/${name}:${tag}`);

const ACCOUNT = 'csi-controller';
const RBAC = 'rbac.authorization.k8s.io';
const MEMORY = 20 * 1024 * 1024;

export interface StorageImageOptions {
  readonly engine: Engine;
  readonly drivers: readonly Driver[];
  connect(node: string): (identity: Identity) => Transport;
}

/** The images of the storage controllers: each serves all of the cluster's drivers. */
export function storageImages({ engine, drivers, connect }: StorageImageOptions): ImageRepository[] {
  const program = (name: string, start: (options: ComponentOptions) => () => void): Program =>
    function* sidecar(process) {
      const username = accountOf(process);
      if (username === undefined) {
        process.stderr.write(
          `${klog(process, 'F', 'main.go:150')} Failed to create config: no service account token\n`,
        );
        return 255;
      }
      process.use({ memory: MEMORY });
      const client = new Client(connect(nodeOf(process))({ username, userAgent: name }));
      const stop = start({ engine, client, drivers, identity: process.network.hostname });
      process.stderr.write(
        `${klog(process, 'I', 'main.go:160')} "Version" driver="${drivers.map((one) => one.name).join(',')}"\n`,
      );
      try {
        return yield* suspend<number>((resume) => {
          process.onSignal('SIGTERM', () => resume(0));
          return undefined;
        });
      } finally {
        stop();
      }
    };
  return SIDECARS.map(({ name, tag, start }) =>
    image(`sig-storage/${name}`, tag, 29, `/${name}`, program(name, start)),
  );
}

/** The drivers' objects, their classes, and the pod of their controllers, on the control plane. */
export function storageManifests(): SetupManifest[] {
  const labels = { app: ACCOUNT };
  return [
    driver(HOST_PATH_DRIVER, false, 'File'),
    driver(DISK_DRIVER, true, 'ReadWriteOnceWithFSType'),
    driver(NFS_DRIVER, false, 'File'),
    storageClass('standard', HOST_PATH_DRIVER, 'WaitForFirstConsumer', {}, true),
    storageClass('zonal-disk', DISK_DRIVER, 'WaitForFirstConsumer'),
    storageClass('shared', NFS_DRIVER, 'Immediate', { server: FILE_SERVER.name, share: '/exports' }),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: ACCOUNT, namespace: 'kube-system' } },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRole',
      metadata: { name: ACCOUNT },
      rules: [
        {
          apiGroups: [''],
          resources: ['persistentvolumes'],
          verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
        },
        { apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: ['get', 'list', 'watch', 'update'] },
        { apiGroups: [''], resources: ['persistentvolumeclaims/status'], verbs: ['update', 'patch'] },
        { apiGroups: [''], resources: ['events'], verbs: ['list', 'watch', 'create', 'update', 'patch'] },
        { apiGroups: [''], resources: ['nodes', 'pods'], verbs: ['get', 'list', 'watch'] },
        { apiGroups: ['storage.k8s.io'], resources: ['storageclasses', 'csinodes'], verbs: ['get', 'list', 'watch'] },
        {
          apiGroups: ['storage.k8s.io'],
          resources: ['volumeattachments', 'volumeattachments/status'],
          verbs: ['get', 'list', 'watch', 'update', 'patch'],
        },
      ],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: ACCOUNT },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: ACCOUNT },
      subjects: [{ kind: 'ServiceAccount', name: ACCOUNT, namespace: 'kube-system' }],
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: ACCOUNT, namespace: 'kube-system', labels },
      spec: {
        replicas: 1,
        strategy: { type: 'Recreate' },
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: ACCOUNT,
            priorityClassName: 'system-cluster-critical',
            nodeSelector: { 'node-role.kubernetes.io/control-plane': '' },
            tolerations: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
            containers: SIDECARS.map(({ name }, index) => ({
              name,
              image: STORAGE_IMAGES[index],
              imagePullPolicy: 'IfNotPresent',
            })),
          },
        },
      },
    },
  ];
}

function driver(name: string, attachRequired: boolean, fsGroupPolicy: string): SetupManifest {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIDriver',
    metadata: { name },
    spec: { attachRequired, podInfoOnMount: false, fsGroupPolicy, volumeLifecycleModes: ['Persistent'] },
  };
}

function storageClass(
  name: string,
  provisioner: string,
  volumeBindingMode: string,
  parameters: Record<string, string> = {},
  isDefault = false,
): SetupManifest {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: {
      name,
      ...(isDefault ? { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } : {}),
    },
    provisioner,
    reclaimPolicy: 'Delete',
    volumeBindingMode,
    allowVolumeExpansion: true,
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
  };
}
