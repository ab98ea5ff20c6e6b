import { type ErrorList, forbidden, invalid, notFound, required } from '../../../api/field-error.ts';
import { checkEnum, isBlank } from '../checks.ts';
import { checkDescendingPath, hasBacksteps } from './paths.ts';
import type { Container, PodContext } from './types.ts';

const PROPAGATIONS = ['Bidirectional', 'HostToContainer', 'None'];
const READ_ONLY_MODES = ['Disabled', 'Enabled', 'IfPossible'];

/** ValidateVolumeMounts */
export function checkVolumeMounts(container: Container, pod: PodContext, at: string, errors: ErrorList): void {
  const paths = new Set<string>();
  const devices = container.volumeDevices ?? [];
  for (const [index, mount] of container.volumeMounts!.entries()) {
    const path = `${at}[${index}]`;
    const { name, mountPath, subPath, subPathExpr, mountPropagation } = mount;
    if (isBlank(name)) errors.push(required(`${path}.name`));
    const volume = pod.volumes.get(name);
    if (volume === undefined) errors.push(notFound(`${path}.name`, name ?? ''));
    if (isBlank(mountPath)) errors.push(required(`${path}.mountPath`));
    if (paths.has(mountPath ?? '')) errors.push(invalid(`${path}.mountPath`, mountPath ?? '', 'must be unique'));
    paths.add(mountPath ?? '');
    if (devices.some((device) => device.name === name))
      errors.push(invalid(`${path}.name`, name, 'must not already exist in volumeDevices'));
    if (devices.some((device) => device.devicePath === mountPath))
      errors.push(invalid(`${path}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices'));
    // Upstream names the list here, not the item.
    if (!isBlank(subPath)) checkDescendingPath(subPath, `${at}.subPath`, errors);
    if (!isBlank(subPathExpr)) {
      if (!isBlank(subPath))
        errors.push(invalid(`${path}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
      checkDescendingPath(subPathExpr, `${at}.subPathExpr`, errors);
    }
    if (mountPropagation !== undefined) {
      checkEnum(mountPropagation, PROPAGATIONS, `${at}.mountPropagation`, errors);
      if (mountPropagation === 'Bidirectional' && container.securityContext?.privileged !== true)
        errors.push(
          forbidden(
            `${at}.mountPropagation`,
            'Bidirectional mount propagation is available only to privileged containers',
          ),
        );
    }
    checkRecursiveReadOnly(mount, `${at}.recursiveReadOnly`, errors);
  }
}

function checkRecursiveReadOnly(
  mount: { readOnly?: boolean; mountPropagation?: string; recursiveReadOnly?: string },
  at: string,
  errors: ErrorList,
): void {
  const mode = mount.recursiveReadOnly;
  if (mode === undefined || mode === 'Disabled') return;
  if (mode !== 'Enabled' && mode !== 'IfPossible') {
    checkEnum(mode, READ_ONLY_MODES, at, errors);
    return;
  }
  if (mount.readOnly !== true) errors.push(forbidden(at, 'may only be specified when readOnly is true'));
  if (mount.mountPropagation !== undefined && mount.mountPropagation !== 'None')
    errors.push(forbidden(at, 'may only be specified when mountPropagation is None or not specified'));
}

/** ValidateVolumeDevices */
export function checkVolumeDevices(container: Container, pod: PodContext, at: string, errors: ErrorList): void {
  const names = new Set<string>();
  const paths = new Set<string>();
  const mounts = container.volumeMounts ?? [];
  for (const [index, { name, devicePath }] of container.volumeDevices!.entries()) {
    const path = `${at}[${index}]`;
    const volume = pod.volumes.get(name);
    if (isBlank(name)) errors.push(required(`${path}.name`));
    if (names.has(name)) errors.push(invalid(`${path}.name`, name, 'must be unique'));
    if (volume !== undefined && volume.persistentVolumeClaim === undefined && volume.ephemeral === undefined)
      errors.push(
        invalid(
          `${path}.name`,
          name,
          'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
        ),
      );
    if (volume === undefined) errors.push(notFound(`${path}.name`, name ?? ''));
    if (isBlank(devicePath)) errors.push(required(`${path}.devicePath`));
    if (paths.has(devicePath)) errors.push(invalid(`${path}.devicePath`, devicePath, 'must be unique'));
    if (!isBlank(devicePath) && hasBacksteps(devicePath))
      errors.push(invalid(`${path}.devicePath`, devicePath, "can not contain backsteps ('..')"));
    else paths.add(devicePath);
    if (mounts.some((mount) => mount.name === name))
      errors.push(invalid(`${path}.name`, name, 'must not already exist in volumeMounts'));
    if (mounts.some((mount) => mount.mountPath === devicePath))
      errors.push(invalid(`${path}.devicePath`, devicePath, 'must not already exist as a path in volumeMounts'));
    if (!isBlank(name)) names.add(name);
  }
}
