import { parseDocument } from 'yaml';
import { goYamlMessage } from '../api/yaml-error.ts';

/** What only some of the network's programs need: networks other than kindnet, IPVS, ingress-nginx, and YAML beyond `plain-yaml.ts`. */
export { CalicoIpam, startCalico } from './cni/calico.ts';
export { startFlannel } from './cni/flannel.ts';
export { ingressNginx } from './ingress/program.ts';
export { startPolicyEnforcement } from './policy/felix.ts';
export { IpvsProxier } from './proxy/ipvs-proxier.ts';

/** The value of a YAML text. Throws what go-yaml says is wrong with it. */
export function parseYaml(text: string): unknown {
  const document = parseDocument(text, { logLevel: 'silent' });
  if (document.errors.length > 0) throw new Error(goYamlMessage(document.errors, text));
  return document.toJS();
}
