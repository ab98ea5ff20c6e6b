import { Directory, RegularFile } from '../images/file-node.ts';
import type { KubeadmNode } from './kubeadm-files.ts';
import { programPack } from './packs.ts';

/** What of it the kubelet reads when it starts, by path. */
export type KubeletFiles = readonly (readonly [path: string, node: RegularFile | Directory])[];

export const KUBELET_CONFIGURATION = '/var/lib/kubelet/config.yaml';
export const KUBELET_KUBECONFIG = '/etc/kubernetes/kubelet.conf';

/** Whether the kubelet finds its files as kubeadm has put them there, and nobody has so much as looked at them. */
export function areUntouched(root: Directory, files: KubeletFiles): boolean {
  return files.every(([path, node]) => node.unread && root.find(path) === node);
}

/**
 * Puts on a node's disk what `kubeadm init` or `kubeadm join` leaves there. What is in the files comes with the programs, when somebody first
 * looks, whoever that is: a login, a hostPath volume.
 */
export function putKubeadmFiles(root: Directory, node: KubeadmNode): KubeletFiles {
  const modified = node.since;
  const put = <T extends RegularFile | Directory>(path: string, made: T): readonly [string, T] => {
    root.put(path, made);
    return [path, made];
  };
  const file = (path: string, content: () => string, mode?: number) =>
    put(path, new RegularFile(content, { modified, mode }));
  const owned = (path: string, owner: string) =>
    file(path, () => programPack().kubeadmFiles.kubeconfigOf(node, owner), 0o600);
  const kubeconfig = owned(KUBELET_KUBECONFIG, 'kubelet');
  const others = node.controlPlane ? ['admin', 'super-admin', 'controller-manager', 'scheduler'] : [];
  for (const owner of others) owned(`/etc/kubernetes/${owner}.conf`, owner);
  root.ensure('etc/kubernetes/manifests');
  return [
    kubeconfig,
    file(KUBELET_CONFIGURATION, () => programPack().kubeadmFiles.kubeletConfig(node)),
    put('/etc/kubernetes/pki', new Directory(() => programPack().kubeadmFiles.clusterKeys(node), { modified })),
    put('/var/lib/kubelet/pki', new Directory(() => programPack().kubeadmFiles.kubeletKeys(node), { modified })),
  ];
}
