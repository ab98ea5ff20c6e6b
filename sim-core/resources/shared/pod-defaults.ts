import type * as CoreV1 from 'kubernetes-types/core/v1';
import { applyClaimSpecDefaults } from './claim-spec.ts';
import { applyVolumeSourceDefaults } from './volume-defaults.ts';

/** A pod's spec, in a pod or a template, on its way in: private, to be filled in. */
type PodSpec = CoreV1.PodSpec;
type Container = CoreV1.Container;

const DEFAULT_MODE = 0o644;

/** Fills in a pod template's defaults (SetDefaults_PodSpec and what it contains). Changes. */
export function applyTemplateDefaults(template: { metadata?: object; spec?: PodSpec } | undefined): void {
  if (template === undefined) return;
  // Go writes a zero creationTimestamp as null; clients see it in every template.
  template.metadata = { creationTimestamp: null, ...template.metadata };
  template.spec ??= { containers: [] };
  applyPodSpecDefaults(template.spec);
}

/** Fills in the defaults of a pod's spec, in a pod or a template, and drops what v1.33 ignores by default. Changes. */
export function applyPodSpecDefaults(spec: PodSpec & { resources?: unknown }, isPod = false): void {
  // Pod-level resources and claims are behind gates that v1.33 has off: such fields are dropped.
  delete spec.resources;
  delete spec.resourceClaims;
  spec.containers ??= [];
  spec.restartPolicy ??= 'Always';
  spec.dnsPolicy ??= 'ClusterFirst';
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ??= 'default-scheduler';
  spec.securityContext ??= {};
  // The field's old name is kept in step with the new one.
  if (spec.serviceAccountName === undefined && spec.serviceAccount !== undefined)
    spec.serviceAccountName = spec.serviceAccount;
  if (spec.serviceAccountName !== undefined) spec.serviceAccount = spec.serviceAccountName;
  for (const container of spec.initContainers ?? [])
    applyContainerDefaults(container, isPod && spec.hostNetwork === true);
  for (const container of spec.containers) applyContainerDefaults(container, isPod && spec.hostNetwork === true);
  for (const container of spec.ephemeralContainers ?? [])
    applyContainerDefaults(container as Container, isPod && spec.hostNetwork === true);
  dropImageVolumes(spec);
  for (const volume of spec.volumes ?? []) applyVolumeDefaults(volume);
}

/** Images as volumes are behind a gate that v1.33 has off: they go, with what mounts them (dropImageVolumes). Changes. */
function dropImageVolumes(spec: PodSpec): void {
  const isImage = (volume: CoreV1.Volume) => (volume as { image?: unknown }).image !== undefined;
  const dropped = new Set(spec.volumes?.filter(isImage).map(({ name }) => name));
  if (dropped.size === 0) return;
  const volumes = spec.volumes!.filter((volume) => !isImage(volume));
  if (volumes.length > 0) spec.volumes = volumes;
  else delete spec.volumes;
  for (const container of [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])]) {
    const mounts = container.volumeMounts?.filter(({ name }) => !dropped.has(name)) ?? [];
    if (mounts.length > 0) container.volumeMounts = mounts;
    else delete container.volumeMounts;
  }
}

function applyContainerDefaults(container: Container, onHostNetwork: boolean): void {
  container.resources ??= {};
  if (container.resources.claims !== undefined) delete container.resources.claims;
  container.terminationMessagePath ??= '/dev/termination-log';
  container.terminationMessagePolicy ??= 'File';
  container.imagePullPolicy ??= pullPolicyFor(container.image ?? '');
  dropStopSignal(container);
  for (const port of container.ports ?? []) {
    port.protocol ??= 'TCP';
    if (onHostNetwork && port.hostPort === undefined) port.hostPort = port.containerPort;
  }
  for (const variable of container.env ?? []) {
    const field = variable.valueFrom?.fieldRef;
    if (field !== undefined) field.apiVersion ??= 'v1';
  }
  applyProbeDefaults(container.livenessProbe);
  applyProbeDefaults(container.readinessProbe);
  applyProbeDefaults(container.startupProbe);
  applyHttpGetDefaults(container.lifecycle?.postStart?.httpGet);
  applyHttpGetDefaults(container.lifecycle?.preStop?.httpGet);
}

/** Signals that containers choose for themselves are behind a gate that v1.33 has off (dropContainerStopSignals). Changes. */
function dropStopSignal(container: Container): void {
  const lifecycle = container.lifecycle as { stopSignal?: string } | undefined;
  if (lifecycle?.stopSignal === undefined) return;
  delete lifecycle.stopSignal;
  if (Object.keys(lifecycle).length === 0) delete container.lifecycle;
}

/** An image without a tag, or with `latest`, is pulled each time; others only when they are not there. */
function pullPolicyFor(image: string): string {
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function applyProbeDefaults(probe: CoreV1.Probe | undefined): void {
  if (probe === undefined) return;
  probe.timeoutSeconds ??= 1;
  probe.periodSeconds ??= 10;
  probe.successThreshold ??= 1;
  probe.failureThreshold ??= 3;
  applyHttpGetDefaults(probe.httpGet);
  if (probe.grpc !== undefined) probe.grpc.service ??= '';
}

function applyHttpGetDefaults(get: CoreV1.HTTPGetAction | undefined): void {
  if (get === undefined) return;
  get.path = get.path === undefined || get.path === '' ? '/' : get.path;
  get.scheme ??= 'HTTP';
}

/** Volume sources that say where a volume comes from; one without any is an emptyDir. */
function applyVolumeDefaults(volume: CoreV1.Volume): void {
  if (Object.keys(volume).every((field) => field === 'name')) volume.emptyDir = {};
  if (volume.secret !== undefined) volume.secret.defaultMode ??= DEFAULT_MODE;
  if (volume.configMap !== undefined) volume.configMap.defaultMode ??= DEFAULT_MODE;
  if (volume.hostPath !== undefined) volume.hostPath.type ??= '';
  if (volume.downwardAPI !== undefined) {
    volume.downwardAPI.defaultMode ??= DEFAULT_MODE;
    for (const item of volume.downwardAPI.items ?? [])
      if (item.fieldRef !== undefined) item.fieldRef.apiVersion ??= 'v1';
  }
  if (volume.projected !== undefined) {
    volume.projected.defaultMode ??= DEFAULT_MODE;
    for (const source of volume.projected.sources ?? []) {
      // Trust bundles as well; the empty source stays (dropDisabledClusterTrustBundleProjection).
      delete (source as { clusterTrustBundle?: unknown }).clusterTrustBundle;
      if (source.serviceAccountToken !== undefined) source.serviceAccountToken.expirationSeconds ??= 3600;
      for (const item of source.downwardAPI?.items ?? [])
        if (item.fieldRef !== undefined) item.fieldRef.apiVersion ??= 'v1';
    }
  }
  if (volume.ephemeral?.volumeClaimTemplate?.spec !== undefined)
    applyClaimSpecDefaults(volume.ephemeral.volumeClaimTemplate.spec);
  applyVolumeSourceDefaults(volume as unknown as Record<string, Record<string, unknown> | undefined>);
}
