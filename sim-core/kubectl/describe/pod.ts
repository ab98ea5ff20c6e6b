import type { ApiObject } from '../api.ts';
import { ageSince } from '../printers/human.ts';
import { controlledBy, eventsOf, header, labelLines, labelsAndAnnotations, time, tolerationLines } from './common.ts';
import { containerLines, resourceLines } from './containers.ts';
import { topologyLines } from './pod-template.ts';
import { volumeLines } from './volumes.ts';
import { at, type Describer, list, number, text } from './writer.ts';

/** The class that the kubelet would give (qos.GetPodQOS), where the status does not say it. */
export function qosClass(pod: ApiObject): string {
  const given = text(pod, 'status', 'qosClass');
  if (given !== '') return given;
  const containers = [...list(pod, 'spec', 'initContainers'), ...list(pod, 'spec', 'containers')];
  let any = false;
  let guaranteed = true;
  for (const container of containers)
    for (const resource of ['cpu', 'memory']) {
      const [request, limit] = [
        at(container, 'resources', 'requests', resource),
        at(container, 'resources', 'limits', resource),
      ];
      if (request !== undefined || limit !== undefined) any = true;
      if (limit === undefined || (request !== undefined && request !== limit)) guaranteed = false;
    }
  return any ? (guaranteed ? 'Guaranteed' : 'Burstable') : 'BestEffort';
}

export const describePod: Describer = async (writer, pod, describe) => {
  const { spec, status } = pod;
  header(writer, pod);
  if (at(spec, 'priority') !== undefined) writer.line(0, 'Priority:', String(number(spec, 'priority')));
  for (const [field, title] of [
    ['priorityClassName', 'Priority Class Name'],
    ['runtimeClassName', 'Runtime Class Name'],
    ['serviceAccountName', 'Service Account'],
  ] as const)
    if (text(spec, field) !== '') writer.line(0, `${title}:`, text(spec, field));
  const node = text(spec, 'nodeName');
  writer.line(0, 'Node:', node === '' ? '<none>' : `${node}/${text(status, 'hostIP')}`);
  if (at(status, 'startTime') !== undefined) writer.line(0, 'Start Time:', time(at(status, 'startTime')));
  labelsAndAnnotations(writer, pod);
  const phase = text(status, 'phase');
  if (pod.metadata.deletionTimestamp !== undefined && phase !== 'Failed' && phase !== 'Succeeded') {
    writer.line(0, 'Status:', `Terminating (lasts ${ageSince(pod.metadata.deletionTimestamp, describe.now)})`);
    writer.line(0, 'Termination Grace Period:', `${pod.metadata.deletionGracePeriodSeconds ?? 0}s`);
  } else writer.line(0, 'Status:', phase);
  if (text(status, 'reason') !== '') writer.line(0, 'Reason:', text(status, 'reason'));
  if (text(status, 'message') !== '') writer.line(0, 'Message:', text(status, 'message'));
  const seccomp = at(spec, 'securityContext', 'seccompProfile');
  if (seccomp !== undefined) {
    writer.line(0, 'SeccompProfile:', text(seccomp, 'type'));
    if (text(seccomp, 'type') === 'Localhost') writer.line(0, 'LocalhostProfile:', text(seccomp, 'localhostProfile'));
  }
  writer.line(0, 'IP:', text(status, 'podIP'));
  const ips = list(status, 'podIPs');
  if (ips.length === 0) writer.line(0, 'IPs:', '<none>');
  else {
    writer.write(0, 'IPs:\n');
    for (const { ip } of ips) writer.line(1, 'IP:', String(ip));
  }
  if (controlledBy(pod) !== '') writer.line(0, 'Controlled By:', controlledBy(pod));
  if (text(status, 'nominatedNodeName') !== '') writer.line(0, 'NominatedNodeName:', text(status, 'nominatedNodeName'));
  if (at(spec, 'resources') !== undefined) {
    writer.write(0, 'Resources:\n');
    resourceLines(writer, at(spec, 'resources'), 1);
  }
  const init = list(spec, 'initContainers');
  if (init.length > 0) containerLines(writer, 'Init Containers', init, list(status, 'initContainerStatuses'), pod);
  containerLines(writer, 'Containers', list(spec, 'containers'), list(status, 'containerStatuses'), pod);
  const ephemeral = list(spec, 'ephemeralContainers');
  if (ephemeral.length > 0)
    containerLines(writer, 'Ephemeral Containers', ephemeral, list(status, 'ephemeralContainerStatuses'), pod);
  const gates = list(spec, 'readinessGates');
  const conditions = list(status, 'conditions');
  if (gates.length > 0) {
    writer.write(0, 'Readiness Gates:\n  Type\tStatus\n');
    for (const { conditionType } of gates) {
      const found = conditions.find(({ type }) => type === conditionType);
      writer.line(1, `${conditionType} `, `${found === undefined ? '<none>' : text(found, 'status')} `);
    }
  }
  if (conditions.length > 0) {
    writer.write(0, 'Conditions:\n  Type\tStatus\n');
    for (const condition of conditions) writer.line(1, `${text(condition, 'type')} `, `${text(condition, 'status')} `);
  }
  volumeLines(writer, list(spec, 'volumes'));
  writer.line(0, 'QoS Class:', qosClass(pod));
  labelLines(writer, 'Node-Selectors', at(spec, 'nodeSelector'));
  tolerationLines(writer, 'Tolerations', list(spec, 'tolerations'));
  topologyLines(writer, list(spec, 'topologySpreadConstraints'));
  // The kubelet tells of a static pod, whose UID is the hash of its manifest.
  const { 'kubernetes.io/config.mirror': hash } = pod.metadata.annotations ?? {};
  const told = hash === undefined ? pod : { ...pod, metadata: { ...pod.metadata, uid: hash } };
  await eventsOf(writer, told, describe);
};
