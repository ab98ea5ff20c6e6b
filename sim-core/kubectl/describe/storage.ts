import type { ApiObject } from '../api.ts';
import { ageSince } from '../printers/human.ts';
import { annotationLines, eventsOf, formatLabels, header, labelLines, labelsAndAnnotations } from './common.ts';
import { volumeSource } from './volumes.ts';
import { at, type Describer, list, text } from './writer.ts';

const MODES: Record<string, string> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

function accessModes(modes: readonly string[]): string {
  return Object.keys(MODES)
    .filter((mode) => modes.includes(mode))
    .map((mode) => MODES[mode])
    .join(',');
}

function storageClass(object: ApiObject): string {
  return (
    object.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? text(object, 'spec', 'storageClassName')
  );
}

function finalizers(object: ApiObject): string {
  return `[${(object.metadata.finalizers ?? []).join(' ')}]`;
}

export const describePersistentVolumeClaim: Describer = async (writer, claim, describe) => {
  const { spec, status } = claim;
  header(writer, claim);
  writer.line(0, 'StorageClass:', storageClass(claim));
  if (claim.metadata.deletionTimestamp === undefined) writer.line(0, 'Status:', text(status, 'phase'));
  else writer.line(0, 'Status:', `Terminating (lasts ${ageSince(claim.metadata.deletionTimestamp, describe.now)})`);
  writer.line(0, 'Volume:', text(spec, 'volumeName'));
  labelsAndAnnotations(writer, claim);
  writer.line(0, 'Finalizers:', finalizers(claim));
  const bound = text(spec, 'volumeName') !== '';
  writer.line(0, 'Capacity:', bound ? text(status, 'capacity', 'storage') : '');
  writer.line(0, 'Access Modes:', bound ? accessModes(list<string>(status, 'accessModes')) : '');
  if (at(spec, 'volumeMode') !== undefined) writer.line(0, 'VolumeMode:', text(spec, 'volumeMode'));
  const source = at(spec, 'dataSource');
  if (source !== undefined) {
    writer.write(0, 'DataSource:\n');
    if (at(source, 'apiGroup') !== undefined) writer.line(1, 'APIGroup:', text(source, 'apiGroup'));
    writer.line(1, 'Kind:', text(source, 'kind'));
    writer.line(1, 'Name:', text(source, 'name'));
  }
  const api = await describe.context.api();
  let users: string[] = [];
  try {
    const pods = list<ApiObject>(await api.get(`/api/v1/namespaces/${claim.metadata.namespace}/pods`), 'items');
    users = pods
      .filter((pod) =>
        list(pod, 'spec', 'volumes').some(
          (volume) => text(volume, 'persistentVolumeClaim', 'claimName') === claim.metadata.name,
        ),
      )
      .map((pod) => pod.metadata.name ?? '');
  } catch {
    users = [];
  }
  writer.write(0, 'Used By:\t');
  if (users.length === 0) writer.write(0, '<none>\n');
  users.forEach((user, index) => {
    writer.write(0, `${index > 0 ? '\t' : ''}${user}\n`);
  });
  const conditions = list(status, 'conditions');
  if (conditions.length > 0) {
    const { time } = await import('./common.ts');
    writer.write(0, 'Conditions:\n  Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage\n');
    writer.write(1, '----\t------\t-----------------\t------------------\t------\t-------\n');
    for (const c of conditions)
      writer.write(
        1,
        `${text(c, 'type')} \t${text(c, 'status')} \t${time(c.lastProbeTime)} \t${time(c.lastTransitionTime)} \t${text(c, 'reason')} \t${text(c, 'message')}\n`,
      );
  }
  await eventsOf(writer, claim, describe);
};

export const describePersistentVolume: Describer = async (writer, volume, describe) => {
  const { spec, status } = volume;
  writer.line(0, 'Name:', volume.metadata.name ?? '');
  labelsAndAnnotations(writer, volume);
  writer.line(0, 'Finalizers:', finalizers(volume));
  writer.line(0, 'StorageClass:', storageClass(volume));
  if (volume.metadata.deletionTimestamp === undefined) writer.line(0, 'Status:', text(status, 'phase'));
  else writer.line(0, 'Status:', `Terminating (lasts ${ageSince(volume.metadata.deletionTimestamp, describe.now)})`);
  const claim = at(spec, 'claimRef');
  writer.line(0, 'Claim:', claim === undefined ? '' : `${text(claim, 'namespace')}/${text(claim, 'name')}`);
  writer.line(0, 'Reclaim Policy:', text(spec, 'persistentVolumeReclaimPolicy'));
  writer.line(0, 'Access Modes:', accessModes(list<string>(spec, 'accessModes')));
  if (at(spec, 'volumeMode') !== undefined) writer.line(0, 'VolumeMode:', text(spec, 'volumeMode'));
  writer.line(0, 'Capacity:', text(spec, 'capacity', 'storage'));
  const terms = list(spec, 'nodeAffinity', 'required', 'nodeSelectorTerms');
  if (at(spec, 'nodeAffinity') === undefined) writer.line(0, 'Node Affinity:', '<none>');
  else {
    writer.write(0, 'Node Affinity:\n');
    if (at(spec, 'nodeAffinity', 'required') === undefined) writer.line(1, 'Required Terms:', '<none>');
    else {
      writer.write(1, 'Required Terms:\t');
      if (terms.length === 0) writer.write(0, '<none>\n');
      else {
        writer.write(0, '\n');
        terms.forEach((term, index) => {
          const expressions = list(term, 'matchExpressions');
          if (expressions.length === 0) writer.write(2, `Term ${index}:\t<none>\n`);
          expressions.forEach((expression, position) => {
            const values = list<string>(expression, 'values');
            const operator = text(expression, 'operator');
            const joined = values.length === 0 ? '' : ` [${values.join(', ')}]`;
            writer.write(
              2,
              `${position === 0 ? `Term ${index}:\t` : '\t'}${text(expression, 'key')} ${operator.toLowerCase()}${joined}\n`,
            );
          });
        });
      }
    }
  }
  writer.line(0, 'Message:', text(status, 'message'));
  writer.write(0, 'Source:\n');
  if (!volumeSource(writer, spec)) writer.write(1, '<unknown>\n');
  await eventsOf(writer, volume, describe);
};

export const describeStorageClass: Describer = async (writer, storage, describe) => {
  const annotations = storage.metadata.annotations ?? {};
  writer.line(0, 'Name:', storage.metadata.name ?? '');
  const isDefault =
    annotations['storageclass.kubernetes.io/is-default-class'] === 'true' ||
    annotations['storageclass.beta.kubernetes.io/is-default-class'] === 'true';
  writer.line(0, 'IsDefaultClass:', isDefault ? 'Yes' : 'No');
  writer.line(0, 'Annotations:', formatLabels(annotations));
  writer.line(0, 'Provisioner:', text(storage, 'provisioner'));
  writer.line(0, 'Parameters:', formatLabels(storage.parameters));
  const expansion = storage.allowVolumeExpansion;
  writer.line(0, 'AllowVolumeExpansion:', expansion === undefined ? '<unset>' : expansion === true ? 'True' : 'False');
  const options = list<string>(storage, 'mountOptions');
  if (options.length === 0) writer.line(0, 'MountOptions:', '<none>');
  else {
    writer.write(0, 'MountOptions:\n');
    for (const option of options) writer.write(1, `${option}\n`);
  }
  writer.line(0, 'ReclaimPolicy:', text(storage, 'reclaimPolicy'));
  writer.line(0, 'VolumeBindingMode:', text(storage, 'volumeBindingMode'));
  const topologies = list(storage, 'allowedTopologies');
  if (topologies.length > 0) {
    writer.write(0, 'AllowedTopologies:\t\n');
    topologies.forEach((term, index) => {
      writer.write(1, `Term ${index}:\t`);
      list(term, 'matchLabelExpressions').forEach((expression, position) => {
        writer.write(
          0,
          `${position > 0 ? '\t' : ''}${text(expression, 'key')} in [${list<string>(expression, 'values').join(', ')}]\n`,
        );
      });
    });
  }
  await eventsOf(writer, storage, describe);
};

export const describeCsiNode: Describer = async (writer, node, describe) => {
  const { time } = await import('./common.ts');
  writer.line(0, 'Name:', node.metadata.name ?? '');
  labelLines(writer, 'Labels', node.metadata.labels);
  annotationLines(writer, 'Annotations', node.metadata.annotations);
  writer.line(0, 'CreationTimestamp:', time(node.metadata.creationTimestamp));
  const drivers = list(node, 'spec', 'drivers');
  if (drivers.length > 0) writer.write(0, 'Spec:\n  Drivers:\n');
  for (const driver of drivers) {
    writer.write(2, `${text(driver, 'name')}:\n`);
    writer.line(3, 'Node ID:', text(driver, 'nodeID'));
    if (at(driver, 'allocatable', 'count') !== undefined) {
      writer.write(3, 'Allocatables:\n');
      writer.line(4, 'Count:', text(driver, 'allocatable', 'count'));
    }
    if (at(driver, 'topologyKeys') !== undefined)
      writer.line(3, 'Topology Keys:', `[${list<string>(driver, 'topologyKeys').join(' ')}]`);
  }
  await eventsOf(writer, node, describe);
};
