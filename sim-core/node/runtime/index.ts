/** The container runtime of a node: containerd in memory, spoken to through the CRI. */
export { formatLogLine } from './container-log.ts';
export { Containerd, type ContainerdOptions, SANDBOX_IMAGE } from './containerd.ts';
export { ImageStore, type ImageStoreOptions } from './image-store.ts';
