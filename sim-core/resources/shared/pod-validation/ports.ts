import type * as CoreV1 from 'kubernetes-types/core/v1';
import { duplicate, type ErrorList, invalid, required } from '../../../api/field-error.ts';
import * as names from '../../../api/names.ts';
import { addInvalid, checkPortNumber, checkRequiredEnum, isBlank } from '../checks.ts';
import type { Container, PodSpec } from './types.ts';

export const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

/** validateContainerPorts */
export function checkContainerPorts(ports: readonly CoreV1.ContainerPort[], at: string, errors: ErrorList): void {
  const seen = new Set<string>();
  for (const [index, { name, containerPort, hostPort, protocol }] of ports.entries()) {
    const path = `${at}[${index}]`;
    if (!isBlank(name)) {
      const messages = names.isValidPortName(name);
      if (messages.length > 0) addInvalid(errors, `${path}.name`, name, messages);
      else if (seen.has(name)) errors.push(duplicate(`${path}.name`, name));
      else seen.add(name);
    }
    if ((containerPort ?? 0) === 0) errors.push(required(`${path}.containerPort`));
    else checkPortNumber(containerPort, `${path}.containerPort`, errors);
    if (hostPort !== undefined && hostPort !== 0) checkPortNumber(hostPort, `${path}.hostPort`, errors);
    checkRequiredEnum(protocol, PROTOCOLS, `${path}.protocol`, errors);
  }
}

/** Containers that run at the same time may not share a port of the node (AccumulateUniqueHostPorts). */
export function checkHostPorts(containers: readonly Container[], at: string, errors: ErrorList): void {
  let taken: Set<string> | undefined;
  for (const [index, { ports }] of containers.entries()) {
    for (const [position, { hostPort, hostIP = '', protocol = '' }] of (ports ?? []).entries()) {
      if (hostPort === undefined || hostPort === 0) continue;
      const key = `${protocol}/${hostIP}/${hostPort}`;
      taken ??= new Set();
      if (taken.has(key)) errors.push(duplicate(`${at}[${index}].ports[${position}].hostPort`, key));
      else taken.add(key);
    }
  }
}

/** validatePodHostNetworkDeps */
export function checkHostNetworkPorts(spec: PodSpec, isPod: boolean, at: string, errors: ErrorList): void {
  if (spec.hostNetwork !== true) return;
  for (const [index, { ports }] of (spec.containers ?? []).entries()) {
    for (const [position, { hostPort = 0, containerPort }] of (ports ?? []).entries()) {
      if ((!isPod && hostPort === 0) || hostPort === containerPort) continue;
      const path = `${at}.containers[${index}].ports[${position}].hostPort`;
      errors.push(invalid(path, hostPort, 'must match `containerPort` when `hostNetwork` is true'));
    }
  }
}
