import { Directory, RegularFile } from '../images/file-node.ts';
import type { KubeadmNode } from './kubeadm-files.ts';
import { programPack } from './packs.ts';

/**
 * Puts on a node's disk what `kubeadm init` or `kubeadm join` leaves there. What is in the files comes with the programs, when somebody first
 * looks, whoever that is: a login, a hostPath volume.
 */
export function putKubeadmFiles(root: Directory, node: KubeadmNode): void {
  const modified = node.since;
  const put = (path: string, content: () => string, mode?: number) =>
    root.put(path, new RegularFile(content, { modified, mode }));
  const owners = node.controlPlane
    ? ['kubelet', 'admin', 'super-admin', 'controller-manager', 'scheduler']
    : ['kubelet'];
  for (const owner of owners)
    put(`etc/kubernetes/${owner}.conf`, () => programPack().kubeadmFiles.kubeconfigOf(node, owner), 0o600);
  root.ensure('etc/kubernetes/manifests');
  put('var/lib/kubelet/config.yaml', () => programPack().kubeadmFiles.kubeletConfig(node));
  root.put('etc/kubernetes/pki', new Directory(() => programPack().kubeadmFiles.clusterKeys(node), { modified }));
  root.put('var/lib/kubelet/pki', new Directory(() => programPack().kubeadmFiles.kubeletKeys(node), { modified }));
}
