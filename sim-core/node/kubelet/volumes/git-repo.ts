import type { VolumePlugin } from './volume.ts';

/** Deprecated, and since v1.33 disabled: the API server takes it with a warning, the kubelet does not mount it. */
export const gitRepo: VolumePlugin = {
  setUp() {
    throw new Error(
      'git-repo volume plugin has been disabled; if necessary, it may be re-enabled by enabling the feature-gate `GitRepoVolumeDriver`',
    );
  },
};
