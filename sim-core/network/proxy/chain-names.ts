import { sha256Hex } from '../../api/sha256.ts';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** 80 bits of the SHA-256 of a text in base 32, 16 letters: kube-proxy's portProtoHash. The text is ASCII, as all names in it are. */
function shortHash(text: string): string {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  const digest = sha256Hex(bytes);
  let hash = '';
  let bits = 0;
  let count = 0;
  for (let index = 0; hash.length < 16; index++) {
    bits = (bits << 4) | Number.parseInt(digest[index]!, 16);
    count += 4;
    if (count >= 5) {
      count -= 5;
      hash += BASE32[(bits >> count) & 31];
      bits &= (1 << count) - 1;
    }
  }
  return hash;
}

/** Chains of one port of a Service (servicePortName `namespace/name:port`, protocol in lower case). */
export interface ServiceChains {
  /** Endpoints for traffic policy Cluster. */
  readonly cluster: string;
  /** Endpoints for traffic policy Local. */
  readonly local: string;
  /** What comes for node ports, external addresses and load balancers. */
  readonly external: string;
  /** Filters by loadBalancerSourceRanges. */
  readonly firewall: string;
}

export function serviceChains(servicePortName: string, protocol: string): ServiceChains {
  const hash = shortHash(servicePortName + protocol);
  return {
    cluster: `KUBE-SVC-${hash}`,
    local: `KUBE-SVL-${hash}`,
    external: `KUBE-EXT-${hash}`,
    firewall: `KUBE-FW-${hash}`,
  };
}

/** Chain of one endpoint (`10.244.1.5:80`) of a Service's port. */
export function endpointChain(servicePortName: string, protocol: string, endpoint: string): string {
  return `KUBE-SEP-${shortHash(servicePortName + protocol + endpoint)}`;
}
