import type { Volume } from 'kubernetes-types/core/v1';
import { configMap } from './config-map.ts';
import { downwardApi } from './downward-api.ts';
import { emptyDir } from './empty-dir.ts';
import { gitRepo } from './git-repo.ts';
import { hostPath } from './host-path.ts';
import { nfs } from './nfs.ts';
import { ephemeral, persistentVolumeClaim } from './persistent-volume-claim.ts';
import { projected } from './projected.ts';
import { secret } from './secret.ts';
import type { VolumePlugin } from './volume.ts';

/** All types of volumes that a kubelet can mount, by the field that asks for one. */
const plugins: Readonly<Partial<Record<keyof Volume, VolumePlugin>>> = {
  configMap,
  downwardAPI: downwardApi,
  emptyDir,
  ephemeral,
  gitRepo,
  hostPath,
  nfs,
  persistentVolumeClaim,
  projected,
  secret,
};

/** The plugin for a volume. Throws for types that no node of sim-core can mount. */
export function pluginOf(volume: Volume): VolumePlugin {
  for (const field of Object.keys(volume) as (keyof Volume)[]) {
    if (field === 'name' || volume[field] === undefined) continue;
    const plugin = Object.hasOwn(plugins, field) ? plugins[field] : undefined;
    if (plugin !== undefined) return plugin;
    throw new Error(`${field} volumes are not supported by the nodes of this cluster`);
  }
  return emptyDir;
}
