/**
 * What a cluster needs only when containers run programs: the shell and its tools, the images of the catalog, logins to machines; and what
 * only some presets have: networks other than kindnet, ingress-nginx, metrics-server, the laboratory. A page loads it as a script of its own once its cluster is up; everyone else at once, by importing
 * `sim-core/host/programs.ts`.
 */
export { ALPINE_PROGRAMS } from '../images/catalog/bases.ts';
export { LATE_CATALOG } from '../images/catalog/index.ts';
export { CURL } from '../images/shell/applets/index.ts';
export * as network from '../network/late-programs.ts';
export * as systemFiles from '../node/runtime/system-files.ts';
export { refusal } from './component-refusal.ts';
export { reopen } from './etcd/data-directory.ts';
export { etcdPrograms } from './etcd/etcdctl.ts';
export { ingressNginxManifests } from './ingress-nginx.ts';
export * as kubeadmFiles from './kubeadm-files.ts';
export { kubeletStartup } from './kubelet-startup.ts';
export { startLab } from './lab.ts';
export { logins } from './logins.ts';
export { metricsServerManifests } from './metrics-server-manifests.ts';
export { calicoManifests, flannelManifests } from './network-addons.ts';
