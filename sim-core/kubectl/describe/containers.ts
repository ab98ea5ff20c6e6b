import type { ApiObject } from '../api.ts';
import { time } from './common.ts';
import { at, type DescriptionWriter, type Json, list, number, printBool, text } from './writer.ts';

function orNone(value: string): string {
  return value === '' ? '<none>' : value;
}

function resourceLines(writer: DescriptionWriter, resources: unknown, level: number): void {
  for (const [key, title] of [
    ['limits', 'Limits'],
    ['requests', 'Requests'],
  ] as const) {
    const amounts = (at(resources, key) ?? {}) as Record<string, string>;
    const names = Object.keys(amounts).sort();
    if (names.length > 0) writer.write(level, `${title}:\n`);
    for (const name of names) writer.line(level + 1, `${name}:`, String(amounts[name]));
  }
}

function stateLines(writer: DescriptionWriter, title: string, state: unknown): void {
  const running = at(state, 'running');
  const waiting = at(state, 'waiting');
  const terminated = at(state, 'terminated');
  if (running !== undefined) {
    writer.line(2, `${title}:`, 'Running');
    writer.line(3, 'Started:', time(at(running, 'startedAt')));
  } else if (waiting !== undefined) {
    writer.line(2, `${title}:`, 'Waiting');
    if (text(waiting, 'reason') !== '') writer.line(3, 'Reason:', text(waiting, 'reason'));
  } else if (terminated !== undefined) {
    writer.line(2, `${title}:`, 'Terminated');
    if (text(terminated, 'reason') !== '') writer.line(3, 'Reason:', text(terminated, 'reason'));
    if (text(terminated, 'message') !== '') writer.line(3, 'Message:', text(terminated, 'message'));
    writer.line(3, 'Exit Code:', String(number(terminated, 'exitCode')));
    if (number(terminated, 'signal') > 0) writer.line(3, 'Signal:', String(number(terminated, 'signal')));
    writer.line(3, 'Started:', time(at(terminated, 'startedAt')));
    writer.line(3, 'Finished:', time(at(terminated, 'finishedAt')));
  } else writer.line(2, `${title}:`, 'Waiting');
}

/** A probe in one line (DescribeProbe). */
export function probeText(probe: unknown): string {
  const numbers = `delay=${number(probe, 'initialDelaySeconds')}s timeout=${number(probe, 'timeoutSeconds')}s period=${number(probe, 'periodSeconds')}s #success=${number(probe, 'successThreshold')} #failure=${number(probe, 'failureThreshold')}`;
  const http = at(probe, 'httpGet');
  if (at(probe, 'exec') !== undefined) return `exec [${list<string>(probe, 'exec', 'command').join(' ')}] ${numbers}`;
  if (http !== undefined) {
    const port = text(http, 'port');
    const host = text(http, 'host') + (port === '' ? '' : `:${port}`);
    const path = text(http, 'path');
    return `http-get ${(text(http, 'scheme') || 'HTTP').toLowerCase()}://${host}${path === '' || path.startsWith('/') ? path : `/${path}`} ${numbers}`;
  }
  if (at(probe, 'tcpSocket') !== undefined)
    return `tcp-socket ${text(probe, 'tcpSocket', 'host')}:${text(probe, 'tcpSocket', 'port')} ${numbers}`;
  if (at(probe, 'grpc') !== undefined)
    return `grpc <pod>:${number(probe, 'grpc', 'port')} ${text(probe, 'grpc', 'service')} ${numbers}`;
  return `unknown ${numbers}`;
}

/** The value of a field of the Pod that a variable takes (fieldpath.ExtractFieldPathAsString). */
function fieldValue(pod: ApiObject | undefined, path: string): string {
  if (pod === undefined) return '';
  const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (subscript !== null) return text(pod, 'metadata', subscript[1]!, subscript[2]!);
  if (path === 'metadata.name' || path === 'metadata.namespace' || path === 'metadata.uid')
    return text(pod, ...path.split('.'));
  if (path === 'metadata.labels' || path === 'metadata.annotations') {
    const record = (at(pod, ...path.split('.')) ?? {}) as Record<string, string>;
    return Object.keys(record)
      .sort()
      .map((key) => `${key}=${JSON.stringify(record[key])}`)
      .join('\n');
  }
  return '';
}

function resourceValue(container: Json, pod: ApiObject | undefined, reference: unknown): string {
  const [where = '', name = ''] = text(reference, 'resource').split('.');
  const named = text(reference, 'containerName');
  const holder =
    named === '' ? container : (list(pod, 'spec', 'containers').find((item) => item.name === named) ?? container);
  const value = at(holder, 'resources', where, name);
  if (value === undefined) return where === 'limits' ? 'node allocatable' : '0';
  return String(value);
}

function environmentLines(writer: DescriptionWriter, container: Json, pod: ApiObject | undefined): void {
  const from = list(container, 'envFrom');
  if (from.length > 0) {
    writer.write(2, 'Environment Variables from:\n');
    for (const source of from) {
      const reference = at(source, 'configMapRef') ?? at(source, 'secretRef');
      const kind = at(source, 'configMapRef') !== undefined ? 'ConfigMap' : 'Secret';
      const prefix = text(source, 'prefix');
      writer.line(
        3,
        text(reference, 'name'),
        prefix === '' ? kind : `${kind} with prefix '${prefix}'`,
        `Optional: ${at(reference, 'optional') === true}`,
      );
    }
  }
  const env = list(container, 'env');
  writer.write(2, env.length === 0 ? 'Environment:\t<none>\n' : 'Environment:\n');
  for (const variable of env) {
    const name = text(variable, 'name');
    const source = at(variable, 'valueFrom');
    if (source === undefined) {
      text(variable, 'value')
        .split('\n')
        .forEach((line, index) => {
          writer.line(3, index === 0 ? `${name}:` : '', line);
        });
      continue;
    }
    const field = at(source, 'fieldRef');
    const resource = at(source, 'resourceFieldRef');
    const secret = at(source, 'secretKeyRef');
    const config = at(source, 'configMapKeyRef');
    if (field !== undefined) {
      const path = text(field, 'fieldPath');
      writer.line(3, `${name}:`, `${fieldValue(pod, path)} (${text(field, 'apiVersion') || 'v1'}:${path})`);
    } else if (resource !== undefined)
      writer.line(3, `${name}:`, `${resourceValue(container, pod, resource)} (${text(resource, 'resource')})`);
    else if (secret !== undefined)
      writer.line(
        3,
        `${name}:`,
        `<set to the key '${text(secret, 'key')}' in secret '${text(secret, 'name')}'>`,
        `Optional: ${at(secret, 'optional') === true}`,
      );
    else if (config !== undefined)
      writer.line(
        3,
        `${name}:`,
        `<set to the key '${text(config, 'key')}' of config map '${text(config, 'name')}'>`,
        `Optional: ${at(config, 'optional') === true}`,
      );
  }
}

function mountLines(writer: DescriptionWriter, container: Json): void {
  const mounts = [...list(container, 'volumeMounts')].sort((a, b) =>
    text(a, 'mountPath') < text(b, 'mountPath') ? -1 : 1,
  );
  writer.write(2, mounts.length === 0 ? 'Mounts:\t<none>\n' : 'Mounts:\n');
  for (const mount of mounts) {
    const flags = [mount.readOnly === true ? 'ro' : 'rw'];
    if (text(mount, 'subPath') !== '') flags.push(`path=${JSON.stringify(mount.subPath)}`);
    writer.write(3, `${text(mount, 'mountPath')} from ${text(mount, 'name')} (${flags.join(',')})\n`);
  }
  const devices = [...list(container, 'volumeDevices')].sort((a, b) =>
    text(a, 'devicePath') < text(b, 'devicePath') ? -1 : 1,
  );
  if (devices.length > 0) writer.write(2, 'Devices:\n');
  for (const device of devices) writer.write(3, `${text(device, 'devicePath')} from ${text(device, 'name')}\n`);
}

function wordLines(writer: DescriptionWriter, title: string, words: readonly string[]): void {
  if (words.length === 0) return;
  writer.write(2, `${title}:\n`);
  for (const word of words) for (const line of word.split('\n')) writer.write(3, `${line}\n`);
}

/** Containers of a Pod or a template (describeContainers); `space` is what stands before each title in templates. */
export function containerLines(
  writer: DescriptionWriter,
  title: string,
  containers: readonly Json[],
  statuses: readonly Json[],
  pod: ApiObject | undefined,
  space = '',
): void {
  writer.write(0, `${space}${title}:${containers.length === 0 ? ' <none>' : ''}\n`);
  for (const container of containers) {
    const status = statuses.find((item) => item.name === container.name);
    writer.write(1, `${space === '' ? '' : ' '}${text(container, 'name')}:\n`);
    if (status !== undefined) writer.line(2, 'Container ID:', text(status, 'containerID'));
    writer.line(2, 'Image:', text(container, 'image'));
    if (status !== undefined) writer.line(2, 'Image ID:', text(status, 'imageID'));
    const ports = list(container, 'ports');
    const portText = ports
      .map((port) => `${number(port, 'containerPort')}/${text(port, 'protocol') || 'TCP'}`)
      .join(', ');
    const hostText = ports.map((port) => `${number(port, 'hostPort')}/${text(port, 'protocol') || 'TCP'}`).join(', ');
    writer.line(2, portText.includes(',') ? 'Ports:' : 'Port:', orNone(portText));
    writer.line(2, hostText.includes(',') ? 'Host Ports:' : 'Host Port:', orNone(hostText));
    const seccomp = at(container, 'securityContext', 'seccompProfile');
    if (seccomp !== undefined) {
      writer.line(2, 'SeccompProfile:', text(seccomp, 'type'));
      if (text(seccomp, 'type') === 'Localhost') writer.line(3, 'LocalhostProfile:', text(seccomp, 'localhostProfile'));
    }
    wordLines(writer, 'Command', list<string>(container, 'command'));
    wordLines(writer, 'Args', list<string>(container, 'args'));
    if (status !== undefined) {
      stateLines(writer, 'State', at(status, 'state'));
      if (at(status, 'lastState', 'terminated') !== undefined)
        stateLines(writer, 'Last State', at(status, 'lastState'));
      writer.line(2, 'Ready:', printBool(status.ready));
      writer.line(2, 'Restart Count:', String(number(status, 'restartCount')));
    }
    resourceLines(writer, at(container, 'resources'), 2);
    for (const [key, name] of [
      ['livenessProbe', 'Liveness'],
      ['readinessProbe', 'Readiness'],
      ['startupProbe', 'Startup'],
    ] as const)
      if (at(container, key) !== undefined) writer.line(2, `${name}:`, probeText(at(container, key)));
    environmentLines(writer, container, pod);
    mountLines(writer, container);
  }
}

export { resourceLines };
