import { at, type DescriptionWriter, type Json, list, number, text } from './writer.ts';

const bool = (value: unknown): string => String(value === true);

/** Pairs of a volume's source, after its type. */
type Source = (source: unknown) => { type: string; lines: [string, string][] };

const SOURCES: Record<string, Source> = {
  hostPath: (source) => ({
    type: 'HostPath (bare host directory volume)',
    lines: [
      ['Path', text(source, 'path')],
      ['HostPathType', at(source, 'type') === undefined ? '<none>' : text(source, 'type')],
    ],
  }),
  emptyDir: (source) => ({
    type: "EmptyDir (a temporary directory that shares a pod's lifetime)",
    lines: [
      ['Medium', text(source, 'medium')],
      ['SizeLimit', at(source, 'sizeLimit') === undefined ? '<unset>' : text(source, 'sizeLimit')],
    ],
  }),
  secret: (source) => ({
    type: 'Secret (a volume populated by a Secret)',
    lines: [
      ['SecretName', text(source, 'secretName')],
      ['Optional', bool(at(source, 'optional'))],
    ],
  }),
  configMap: (source) => ({
    type: 'ConfigMap (a volume populated by a ConfigMap)',
    lines: [
      ['Name', text(source, 'name')],
      ['Optional', bool(at(source, 'optional'))],
    ],
  }),
  persistentVolumeClaim: (source) => ({
    type: 'PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)',
    lines: [
      ['ClaimName', text(source, 'claimName')],
      ['ReadOnly', bool(at(source, 'readOnly'))],
    ],
  }),
  nfs: (source) => ({
    type: 'NFS (an NFS mount that lasts the lifetime of a pod)',
    lines: [
      ['Server', text(source, 'server')],
      ['Path', text(source, 'path')],
      ['ReadOnly', bool(at(source, 'readOnly'))],
    ],
  }),
  local: (source) => ({
    type: 'LocalVolume (a persistent volume backed by local storage on a node)',
    lines: [['Path', text(source, 'path')]],
  }),
  csi: (source) => ({
    type: 'CSI (a Container Storage Interface (CSI) volume source)',
    lines: [
      ['Driver', text(source, 'driver')],
      ['FSType', text(source, 'fsType')],
      ...(at(source, 'volumeHandle') === undefined
        ? []
        : ([['VolumeHandle', text(source, 'volumeHandle')]] as [string, string][])),
      ['ReadOnly', bool(at(source, 'readOnly'))],
    ],
  }),
  image: (source) => ({
    type: 'Image (a container image or OCI artifact)',
    lines: [
      ['Reference', text(source, 'reference')],
      ['PullPolicy', text(source, 'pullPolicy')],
    ],
  }),
  iscsi: (source) => ({
    type: "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
    lines: [
      ['TargetPortal', text(source, 'targetPortal')],
      ['IQN', text(source, 'iqn')],
      ['Lun', String(number(source, 'lun'))],
      ['FSType', text(source, 'fsType')],
      ['ReadOnly', bool(at(source, 'readOnly'))],
    ],
  }),
};

/** The source of a Pod's volume or of a PersistentVolume, whose lines stand a level deeper than its title. */
export function volumeSource(writer: DescriptionWriter, holder: unknown): boolean {
  for (const [key, describe] of Object.entries(SOURCES)) {
    const source = at(holder, key);
    if (source === undefined || source === null) continue;
    const { type, lines } = describe(source);
    writer.line(2, 'Type:', type);
    for (const [name, value] of lines) writer.line(2, `${name}:`, value);
    const attributes = at(source, 'volumeAttributes') as Record<string, string> | undefined;
    if (key === 'csi') {
      const keys = Object.keys(attributes ?? {}).sort();
      writer.write(2, 'VolumeAttributes:\t');
      if (keys.length === 0) writer.write(0, '<none>\n');
      keys.forEach((name, index) => {
        writer.write(0, `${index > 0 ? '    \t' : ''}${name}=${attributes![name]}\n`);
      });
    }
    return true;
  }
  return false;
}

function downwardItems(writer: DescriptionWriter, source: unknown): void {
  writer.line(2, 'Type:', 'DownwardAPI (a volume populated by information about the pod)');
  writer.write(2, 'Items:\n');
  for (const item of list(source, 'items')) {
    if (at(item, 'fieldRef') !== undefined)
      writer.write(3, `${text(item, 'fieldRef', 'fieldPath')} -> ${text(item, 'path')}\n`);
    if (at(item, 'resourceFieldRef') !== undefined)
      writer.write(3, `${text(item, 'resourceFieldRef', 'resource')} -> ${text(item, 'path')}\n`);
  }
}

function projected(writer: DescriptionWriter, source: unknown): void {
  writer.line(2, 'Type:', 'Projected (a volume that contains injected data from multiple sources)');
  for (const part of list(source, 'sources')) {
    const [secret, config, token] = [at(part, 'secret'), at(part, 'configMap'), at(part, 'serviceAccountToken')];
    if (secret !== undefined) {
      writer.line(2, 'SecretName:', text(secret, 'name'));
      writer.line(2, 'Optional:', bool(at(secret, 'optional')));
    } else if (at(part, 'downwardAPI') !== undefined) writer.line(2, 'DownwardAPI:', 'true');
    else if (config !== undefined) {
      writer.line(2, 'ConfigMapName:', text(config, 'name'));
      writer.line(2, 'Optional:', bool(at(config, 'optional')));
    } else if (token !== undefined)
      writer.line(2, 'TokenExpirationSeconds:', String(at(token, 'expirationSeconds') ?? '<nil>'));
  }
}

/** The volumes of a Pod or of a template. */
export function volumeLines(writer: DescriptionWriter, volumes: readonly Json[], space = ''): void {
  if (volumes.length === 0) {
    writer.line(0, `${space}Volumes:`, '<none>');
    return;
  }
  writer.write(0, `${space}Volumes:\n`);
  for (const volume of volumes) {
    writer.write(1, `${space === '' ? '' : ' '}${text(volume, 'name')}:\n`);
    if (at(volume, 'projected') !== undefined) projected(writer, at(volume, 'projected'));
    else if (at(volume, 'downwardAPI') !== undefined) downwardItems(writer, at(volume, 'downwardAPI'));
    else if (at(volume, 'ephemeral') !== undefined) ephemeral(writer, at(volume, 'ephemeral', 'volumeClaimTemplate'));
    else if (!volumeSource(writer, volume)) writer.write(1, '<unknown>\n');
  }
}

function ephemeral(writer: DescriptionWriter, template: unknown): void {
  writer.line(
    2,
    'Type:',
    'EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)',
  );
  writer.line(2, 'StorageClass:', text(template, 'spec', 'storageClassName'));
  writer.line(2, 'Volume:', text(template, 'spec', 'volumeName'));
  const labels = (at(template, 'metadata', 'labels') ?? {}) as Record<string, string>;
  const keys = Object.keys(labels).sort();
  writer.line(
    0,
    '    Labels:        ',
    `    ${keys.length === 0 ? '<none>' : keys.map((key) => `${key}=${labels[key]}`).join(',')}`,
  );
}
