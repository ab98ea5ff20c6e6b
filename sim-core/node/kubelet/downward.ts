import type { Container } from 'kubernetes-types/core/v1';
import { goQuote } from '../../api/go-format.ts';
import type { Pod } from '../../api/objects.ts';
import { quantity } from '../../api/quantity.ts';
import { amountOf, milliCpuOf } from './resources.ts';

/** What a pod can learn of itself that its object does not (yet) say. */
export interface PodSurroundings {
  readonly podIps: readonly string[];
  readonly hostIps: readonly string[];
  /** Allocatable of the node: stands in for missing limits. */
  readonly allocatable: Readonly<Record<string, string>>;
}

const SUBSCRIPT = /^(metadata\.(?:annotations|labels))\['(.*)'\]$/s;

/** The value of a field reference (fieldpath.ExtractFieldPathAsString and the kubelet's own fields). Throws upstream's text. */
export function fieldValue(pod: Pod, fieldPath: string, around: PodSurroundings): string {
  const { metadata, spec } = pod;
  const subscript = SUBSCRIPT.exec(fieldPath);
  if (subscript !== null) {
    const map = subscript[1] === 'metadata.labels' ? metadata.labels : metadata.annotations;
    const key = subscript[2]!;
    return map !== undefined && Object.hasOwn(map, key) ? map[key]! : '';
  }
  switch (fieldPath) {
    case 'metadata.name':
      return metadata.name;
    case 'metadata.namespace':
      return metadata.namespace ?? '';
    case 'metadata.uid':
      return metadata.uid;
    case 'metadata.labels':
      return formatMap(metadata.labels);
    case 'metadata.annotations':
      return formatMap(metadata.annotations);
    case 'spec.nodeName':
      return spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? '';
    case 'status.hostIP':
      return around.hostIps[0] ?? '';
    case 'status.hostIPs':
      return around.hostIps.join(',');
    case 'status.podIP':
      return around.podIps[0] ?? '';
    case 'status.podIPs':
      return around.podIps.join(',');
    default:
      throw new Error(`unsupported fieldPath: ${fieldPath}`);
  }
}

/** `key="value"` lines, sorted by key (fieldpath.FormatMap). */
function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.keys(map ?? {})
    .sort()
    .map((key) => `${key}=${goQuote(map![key]!)}`)
    .join('\n');
}

/** The value of a resource reference, in units of its divisor, rounded up (resource.ExtractContainerResourceValue). */
export function resourceValue(
  container: Container,
  reference: { readonly resource: string; readonly divisor?: string | number },
  allocatable: Readonly<Record<string, string>>,
): string {
  const { resource } = reference;
  const [list, name] = resource.split('.', 2) as [string, string];
  const divisorText = String(reference.divisor ?? '0');
  const divisor = divisorText === '0' ? '1' : divisorText;
  const { limits, requests } = container.resources ?? {};
  const source = list === 'requests' ? requests : limits;
  if (name === 'cpu') {
    const whole = list === 'limits' && limits?.cpu === undefined ? milliCpuOf(allocatable) : milliCpuOf(source);
    return String(Math.ceil(whole / quantity(divisor).milliValue()));
  }
  const known = name === 'memory' || name === 'ephemeral-storage' || name.startsWith('hugepages-');
  if (!known || (list !== 'limits' && list !== 'requests')) {
    throw new Error(`Unsupported container resource : ${resource}`);
  }
  const whole =
    list === 'limits' && limits?.[name] === undefined ? amountOf(allocatable, name) : amountOf(source, name);
  return String(Math.ceil(whole / quantity(divisor).value()));
}

/** The container that a resource reference of a volume names. Throws upstream's text. */
export function containerNamed(pod: Pod, name: string): Container {
  const { containers, initContainers = [] } = pod.spec;
  const found = [...containers, ...initContainers].find((container) => container.name === name);
  if (found === undefined) throw new Error(`container ${name} not found`);
  return found;
}
