/** What only some of the network's programs need: networks other than kindnet, IPVS, ingress-nginx, and YAML beyond `plain-yaml.ts`. */
export { parse as parseYaml } from 'yaml';
export { CalicoIpam, startCalico } from './cni/calico.ts';
export { startFlannel } from './cni/flannel.ts';
export { ingressNginx } from './ingress/program.ts';
export { startPolicyEnforcement } from './policy/felix.ts';
export { IpvsProxier } from './proxy/ipvs-proxier.ts';
