import type { Container, EnvFromSource, EnvVar } from 'kubernetes-types/core/v1';
import { decodeBase64 } from '../../api/base64.ts';
import type { ConfigMap, Pod, Secret } from '../../api/objects.ts';
import { isNotFound } from '../../api/status.ts';
import type { KeyValue } from '../cri/container.ts';
import { fieldValue, type PodSurroundings, resourceValue } from './downward.ts';
import { expand } from './expansion.ts';

/** Where the environment's references are looked up. The getters throw the API's NotFound. */
export interface EnvironmentSources {
  configMap(namespace: string, name: string): ConfigMap;
  secret(namespace: string, name: string): Secret;
  /** Variables of Services; throws when Services are not known yet. */
  services(pod: Pod): readonly KeyValue[];
  readonly around: PodSurroundings;
}

/** Names that a container's variable may have (validation.IsEnvVarName, relaxed as v1.33 has it). */
const VARIABLE_NAME = /^[!-<>-~ ]+$/;

/**
 * A container's variables (Kubelet.makeEnvironmentVariables): of Services, then `envFrom`, then `env`, the later one winning.
 * Throws with the text that becomes the message of CreateContainerConfigError.
 */
export function containerEnvironment(pod: Pod, container: Container, sources: EnvironmentSources): readonly KeyValue[] {
  const services = sources.services(pod);
  const { env = [], envFrom = [] } = container;
  if (env.length === 0 && envFrom.length === 0) return services;
  const values = new Map<string, string>();
  for (const source of envFrom) addAll(values, pod, source, sources);
  const lookup = (name: string) => values.get(name) ?? services.find(({ key }) => key === name)?.value;
  for (const variable of env) {
    const value = variableValue(variable, pod, container, sources, lookup);
    if (value !== undefined) values.set(variable.name, value);
  }
  const result = services.filter(({ key }) => !values.has(key));
  for (const [key, value] of values) result.push({ key, value });
  return result;
}

/** Data of a Secret's key as text; Secrets hold base64. */
export function secretText(value: string): string {
  return utf8Text(decodeBase64(value));
}

/** Reads UTF-8 bytes (code units 0–255) as text; bytes that are none stay as they are. */
function utf8Text(bytes: string): string {
  if (!/[\x80-\xff]/.test(bytes)) return bytes;
  try {
    return decodeURIComponent(
      bytes.replace(/[%\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`),
    );
  } catch {
    return bytes;
  }
}

function addAll(values: Map<string, string>, pod: Pod, source: EnvFromSource, sources: EnvironmentSources): void {
  const { configMapRef, secretRef, prefix = '' } = source;
  const namespace = pod.metadata.namespace!;
  const reference = configMapRef ?? secretRef;
  if (reference === undefined) return;
  const name = reference.name ?? '';
  let data: Readonly<Record<string, string>>;
  try {
    if (configMapRef !== undefined) data = sources.configMap(namespace, name).data ?? {};
    else {
      const secret = sources.secret(namespace, name).data ?? {};
      data = Object.fromEntries(Object.keys(secret).map((key) => [key, secretText(secret[key]!)]));
    }
  } catch (error) {
    if (isNotFound(error) && reference.optional === true) return;
    throw error;
  }
  for (const key of Object.keys(data).sort()) {
    const variable = prefix + key;
    if (VARIABLE_NAME.test(variable)) values.set(variable, data[key]!);
  }
}

function variableValue(
  variable: EnvVar,
  pod: Pod,
  container: Container,
  sources: EnvironmentSources,
  lookup: (name: string) => string | undefined,
): string | undefined {
  const { value, valueFrom } = variable;
  if (valueFrom === undefined || valueFrom === null) return expand(value ?? '', lookup);
  const namespace = pod.metadata.namespace!;
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  if (fieldRef !== undefined) return fieldValue(pod, fieldRef.fieldPath, sources.around);
  if (resourceFieldRef !== undefined) {
    return resourceValue(container, resourceFieldRef, sources.around.allocatable);
  }
  const reference = configMapKeyRef ?? secretKeyRef;
  if (reference === undefined) return '';
  const { key, name = '', optional = false } = reference;
  const kind = configMapKeyRef !== undefined ? 'ConfigMap' : 'Secret';
  let data: Readonly<Record<string, string>>;
  try {
    data =
      (kind === 'ConfigMap' ? sources.configMap(namespace, name).data : sources.secret(namespace, name).data) ?? {};
  } catch (error) {
    if (isNotFound(error) && optional) return undefined;
    throw error;
  }
  if (!Object.hasOwn(data, key)) {
    if (optional) return undefined;
    throw new Error(`couldn't find key ${key} in ${kind} ${namespace}/${name}`);
  }
  return kind === 'ConfigMap' ? data[key]! : secretText(data[key]!);
}
