import type * as CoreV1 from 'kubernetes-types/core/v1';
import type { ObjectMeta } from '../../../api/objects.ts';
import { SAFE_SYSCTLS } from '../../../api/sysctls.ts';

type PodSpec = CoreV1.PodSpec;

/** What a check has found: why a pod is not allowed, in short and in detail. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}

/** One control of the Pod Security Standards. Ids and order are upstream's (k8s.io/pod-security-admission/policy). */
export interface Check {
  readonly id: string;
  readonly level: 'baseline' | 'restricted';
  /** The baseline check that it takes the place of. */
  readonly overrides?: string;
  /** Whether it says nothing of Windows pods. */
  readonly linuxOnly?: boolean;
  check(spec: PodSpec, metadata: Partial<ObjectMeta>): Violation | undefined;
}

type AnyContainer = CoreV1.Container | CoreV1.EphemeralContainer;

function containersOf(spec: PodSpec): AnyContainer[] {
  return [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
}

const quoted = (items: readonly string[]): string => items.map((item) => `"${item}"`).join(', ');
const sortedSet = (items: readonly string[]): string[] => [...new Set(items)].sort();
/** `container "a"`, `containers "a", "b"` */
function named(noun: string, names: readonly string[]): string {
  return `${noun}${names.length === 1 ? '' : 's'} ${quoted(names)}`;
}
/** `pod and container "a"`: who set something bad, in the pod and in its containers. */
function setters(pod: boolean, containers: readonly string[]): string {
  return [...(pod ? ['pod'] : []), ...(containers.length > 0 ? [named('container', containers)] : [])].join(' and ');
}
function namesWhere(spec: PodSpec, is: (container: AnyContainer) => boolean): string[] {
  return containersOf(spec).flatMap((container) => (is(container) ? [container.name] : []));
}

const DEFAULT_CAPABILITIES: ReadonlySet<string> = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
    ' ',
  ),
);
const SELINUX_TYPES: ReadonlySet<string> = new Set([
  '',
  'container_t',
  'container_init_t',
  'container_kvm_t',
  'container_engine_t',
]);
const RESTRICTED_VOLUMES: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);
const APPARMOR = 'container.apparmor.security.beta.kubernetes.io/';

function appArmor(spec: PodSpec, { annotations = {} }: Partial<ObjectMeta>): Violation | undefined {
  const bad = (profile: { type?: string } | undefined) =>
    profile?.type !== undefined && profile.type !== 'RuntimeDefault' && profile.type !== 'Localhost';
  const values: string[] = [];
  const pod = bad(spec.securityContext?.appArmorProfile);
  if (pod) values.push(spec.securityContext!.appArmorProfile!.type);
  const containers = containersOf(spec).filter(({ securityContext }) => bad(securityContext?.appArmorProfile));
  for (const { securityContext } of containers) values.push(securityContext!.appArmorProfile!.type);
  const details: string[] = [];
  if (values.length > 0)
    details.push(
      `${setters(
        pod,
        containers.map(({ name }) => name),
      )} must not set AppArmor profile type to ${quoted(sortedSet(values))}`,
    );
  const forbidden = Object.keys(annotations)
    .sort()
    .filter((key) => {
      const value = annotations[key]!;
      return key.startsWith(APPARMOR) && value !== '' && value !== 'runtime/default' && !value.startsWith('localhost/');
    })
    .map((key) => `"${key}"="${annotations[key]}"`);
  if (forbidden.length > 0)
    details.push(
      `${forbidden.length === 1 ? 'annotation' : 'annotations'} must not set AppArmor profile type to ${forbidden.join(', ')}`,
    );
  if (details.length === 0) return undefined;
  const count = values.length + forbidden.length;
  return { reason: `forbidden AppArmor profile${count === 1 ? '' : 's'}`, detail: details.join('; ') };
}

function seLinux(spec: PodSpec): Violation | undefined {
  const types: string[] = [];
  let user = false;
  let role = false;
  const bad = (options: CoreV1.SELinuxOptions | undefined): boolean => {
    if (options === undefined) return false;
    let wrong = false;
    if (!SELINUX_TYPES.has(options.type ?? '')) {
      types.push(options.type!);
      wrong = true;
    }
    if ((options.user ?? '') !== '') wrong = user = true;
    if ((options.role ?? '') !== '') wrong = role = true;
    return wrong;
  };
  const pod = bad(spec.securityContext?.seLinuxOptions);
  const containers = namesWhere(spec, ({ securityContext }) => bad(securityContext?.seLinuxOptions));
  if (!pod && containers.length === 0) return undefined;
  const wrong = [
    ...(types.length > 0 ? [`type${types.length === 1 ? '' : 's'} ${quoted(sortedSet(types))}`] : []),
    ...(user ? ['user may not be set'] : []),
    ...(role ? ['role may not be set'] : []),
  ];
  return {
    reason: 'seLinuxOptions',
    detail: `${setters(pod, containers)} set forbidden securityContext.seLinuxOptions: ${wrong.join('; ')}`,
  };
}

function seccompBaseline(spec: PodSpec): Violation | undefined {
  const bad = (profile: CoreV1.SeccompProfile | undefined) =>
    profile !== undefined && profile.type !== 'RuntimeDefault' && profile.type !== 'Localhost';
  const pod = bad(spec.securityContext?.seccompProfile);
  const found = containersOf(spec).filter(({ securityContext }) => bad(securityContext?.seccompProfile));
  if (!pod && found.length === 0) return undefined;
  const values = [
    ...(pod ? [spec.securityContext!.seccompProfile!.type] : []),
    ...found.map(({ securityContext }) => securityContext!.seccompProfile!.type),
  ];
  const who = setters(
    pod,
    found.map(({ name }) => name),
  );
  return {
    reason: 'seccompProfile',
    detail: `${who} must not set securityContext.seccompProfile.type to ${quoted(sortedSet(values))}`,
  };
}

function hostPorts(spec: PodSpec): Violation | undefined {
  const ports: number[] = [];
  const containers = namesWhere(spec, (container) => {
    const own = (container.ports ?? []).flatMap(({ hostPort = 0 }) => (hostPort === 0 ? [] : [hostPort]));
    ports.push(...own);
    return own.length > 0;
  });
  if (containers.length === 0) return undefined;
  const distinct = sortedSet(ports.map(String));
  const verb = containers.length === 1 ? 'uses' : 'use';
  return {
    reason: 'hostPort',
    detail: `${named('container', containers)} ${verb} hostPort${distinct.length === 1 ? '' : 's'} ${distinct.join(', ')}`,
  };
}

function runAsNonRoot(spec: PodSpec): Violation | undefined {
  const reason = 'runAsNonRoot != true';
  const ofPod = spec.securityContext?.runAsNonRoot;
  const explicit = namesWhere(spec, ({ securityContext }) => securityContext?.runAsNonRoot === false);
  if (ofPod === false || explicit.length > 0)
    return { reason, detail: `${setters(ofPod === false, explicit)} must not set securityContext.runAsNonRoot=false` };
  if (ofPod === true) return undefined;
  const silent = namesWhere(spec, ({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  if (silent.length === 0) return undefined;
  return { reason, detail: `pod or ${named('container', silent)} must set securityContext.runAsNonRoot=true` };
}

function seccompRestricted(spec: PodSpec): Violation | undefined {
  const explicit = seccompBaseline(spec);
  if (explicit !== undefined) return explicit;
  if (spec.securityContext?.seccompProfile !== undefined) return undefined;
  const silent = namesWhere(spec, ({ securityContext }) => securityContext?.seccompProfile === undefined);
  if (silent.length === 0) return undefined;
  return {
    reason: 'seccompProfile',
    detail: `pod or ${named('container', silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  };
}

function capabilitiesRestricted(spec: PodSpec): Violation | undefined {
  const keeping = namesWhere(
    spec,
    ({ securityContext }) => securityContext?.capabilities?.drop?.includes('ALL') !== true,
  );
  const added: string[] = [];
  const adding = namesWhere(spec, ({ securityContext }) => {
    const own = (securityContext?.capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE');
    added.push(...own);
    return own.length > 0;
  });
  const details = [
    ...(keeping.length > 0
      ? [`${named('container', keeping)} must set securityContext.capabilities.drop=["ALL"]`]
      : []),
    ...(adding.length > 0
      ? [
          `${named('container', adding)} must not include ${quoted(sortedSet(added))} in securityContext.capabilities.add`,
        ]
      : []),
  ];
  return details.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: details.join('; ') };
}

function capabilitiesBaseline(spec: PodSpec): Violation | undefined {
  const added: string[] = [];
  const adding = namesWhere(spec, ({ securityContext }) => {
    const own = (securityContext?.capabilities?.add ?? []).filter((name) => !DEFAULT_CAPABILITIES.has(name));
    added.push(...own);
    return own.length > 0;
  });
  if (adding.length === 0) return undefined;
  return {
    reason: 'non-default capabilities',
    detail: `${named('container', adding)} must not include ${quoted(sortedSet(added))} in securityContext.capabilities.add`,
  };
}

function restrictedVolumes(spec: PodSpec): Violation | undefined {
  const types: string[] = [];
  const names: string[] = [];
  for (const volume of spec.volumes ?? []) {
    const type = Object.keys(volume).find(
      (key) => key !== 'name' && (volume as unknown as Record<string, unknown>)[key] !== undefined,
    );
    if (type !== undefined && RESTRICTED_VOLUMES.has(type)) continue;
    names.push(volume.name);
    types.push(type ?? 'unknown');
  }
  if (names.length === 0) return undefined;
  const distinct = sortedSet(types);
  return {
    reason: 'restricted volume types',
    detail: `${named('volume', names)} ${names.length === 1 ? 'uses' : 'use'} restricted volume type${distinct.length === 1 ? '' : 's'} ${quoted(distinct)}`,
  };
}

/** A violation in which containers must, or must not, have something set. */
function containerRule(reason: string, rule: string, is: (container: AnyContainer) => boolean): Check['check'] {
  return (spec) => {
    const names = namesWhere(spec, is);
    return names.length === 0 ? undefined : { reason, detail: `${named('container', names)} ${rule}` };
  };
}

/** All checks: baseline by id, then restricted by id, as upstream reports them. */
export const CHECKS: readonly Check[] = [
  { id: 'appArmorProfile', level: 'baseline', check: appArmor },
  { id: 'capabilities_baseline', level: 'baseline', check: capabilitiesBaseline },
  {
    id: 'hostNamespaces',
    level: 'baseline',
    check({ hostNetwork, hostPID, hostIPC }) {
      const set = [
        ...(hostNetwork === true ? ['hostNetwork=true'] : []),
        ...(hostPID === true ? ['hostPID=true'] : []),
        ...(hostIPC === true ? ['hostIPC=true'] : []),
      ];
      return set.length === 0 ? undefined : { reason: 'host namespaces', detail: set.join(', ') };
    },
  },
  {
    id: 'hostPathVolumes',
    level: 'baseline',
    check({ volumes = [] }) {
      const names = volumes.flatMap(({ name, hostPath }) => (hostPath === undefined ? [] : [name]));
      return names.length === 0 ? undefined : { reason: 'hostPath volumes', detail: named('volume', names) };
    },
  },
  { id: 'hostPorts', level: 'baseline', check: hostPorts },
  {
    id: 'privileged',
    level: 'baseline',
    check: containerRule(
      'privileged',
      'must not set securityContext.privileged=true',
      ({ securityContext }) => securityContext?.privileged === true,
    ),
  },
  {
    id: 'procMount',
    level: 'baseline',
    check: containerRule(
      'procMount',
      'must not set securityContext.procMount to "Unmasked"',
      ({ securityContext }) => (securityContext?.procMount ?? 'Default') !== 'Default',
    ),
  },
  { id: 'seLinuxOptions', level: 'baseline', check: seLinux },
  { id: 'seccompProfile_baseline', level: 'baseline', check: seccompBaseline },
  {
    id: 'sysctls',
    level: 'baseline',
    check({ securityContext }) {
      const names = (securityContext?.sysctls ?? []).flatMap(({ name }) => (SAFE_SYSCTLS.has(name) ? [] : [name]));
      return names.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: names.join(', ') };
    },
  },
  {
    id: 'windowsHostProcess',
    level: 'baseline',
    check(spec) {
      const pod = spec.securityContext?.windowsOptions?.hostProcess === true;
      const containers = namesWhere(
        spec,
        ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true,
      );
      if (!pod && containers.length === 0) return undefined;
      return {
        reason: 'hostProcess',
        detail: `${setters(pod, containers)} must not set securityContext.windowsOptions.hostProcess=true`,
      };
    },
  },
  {
    id: 'allowPrivilegeEscalation',
    level: 'restricted',
    linuxOnly: true,
    check: containerRule(
      'allowPrivilegeEscalation != false',
      'must set securityContext.allowPrivilegeEscalation=false',
      ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false,
    ),
  },
  {
    id: 'capabilities_restricted',
    level: 'restricted',
    overrides: 'capabilities_baseline',
    linuxOnly: true,
    check: capabilitiesRestricted,
  },
  { id: 'restrictedVolumes', level: 'restricted', overrides: 'hostPathVolumes', check: restrictedVolumes },
  { id: 'runAsNonRoot', level: 'restricted', check: runAsNonRoot },
  {
    id: 'runAsUser',
    level: 'restricted',
    check(spec) {
      const pod = spec.securityContext?.runAsUser === 0;
      const containers = namesWhere(spec, ({ securityContext }) => securityContext?.runAsUser === 0);
      if (!pod && containers.length === 0) return undefined;
      return { reason: 'runAsUser=0', detail: `${setters(pod, containers)} must not set runAsUser=0` };
    },
  },
  {
    id: 'seccompProfile_restricted',
    level: 'restricted',
    overrides: 'seccompProfile_baseline',
    linuxOnly: true,
    check: seccompRestricted,
  },
];
