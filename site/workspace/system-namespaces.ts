/** Namespaces that a cluster keeps for itself. */
export function isSystemNamespace(namespace: string | undefined): boolean {
  return namespace === 'kube-system' || namespace === 'kube-public' || namespace === 'kube-node-lease';
}
