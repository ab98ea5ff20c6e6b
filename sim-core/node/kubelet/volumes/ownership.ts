import type { FileNode } from '../../../images/file-node.ts';

const SET_GROUP = 0o2000;

/**
 * Gives a volume to the pod's `fsGroup` (volume.SetVolumeOwnership): the group may read all, and write unless the volume is read-only; what is
 * made in its directories later belongs to the group as well. With `OnRootMismatch` nothing is done where the top is as it should be.
 */
export function setOwnership(
  root: FileNode,
  group: number | undefined,
  options: { readonly readOnly: boolean; readonly policy?: string },
): void {
  if (group === undefined) return;
  const rights = options.readOnly ? 0o440 : 0o660;
  const ofDirectory = rights | 0o110 | SET_GROUP;
  if (options.policy === 'OnRootMismatch' && root.kind === 'directory')
    if (root.group === group && (root.mode & ofDirectory) === ofDirectory) return;
  const waiting: FileNode[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.kind !== 'file' && node.kind !== 'directory') continue;
    node.group = group;
    node.mode |= node.kind === 'directory' ? ofDirectory : rights;
    if (node.kind === 'directory') waiting.push(...node.entries.values());
  }
}
