import type { VolumePlugin } from './volume.ts';

/** A directory of a file server. */
export const nfs: VolumePlugin = {
  setUp(volume, _pod, host) {
    const { server, path, readOnly = false } = volume.nfs!;
    if (host.storage === undefined) throw new Error('this node reaches no file server');
    const directory = host.storage.share(host.nodeName, server, path);
    return { plugin: 'kubernetes.io~nfs', source: () => directory, ...(readOnly ? { readOnly } : {}) };
  },
};
