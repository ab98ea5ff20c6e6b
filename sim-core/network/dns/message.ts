/** Types of DNS records that the cluster's servers know. */
export type RecordType = 'A' | 'AAAA' | 'SRV' | 'PTR' | 'CNAME' | 'TXT' | 'NS' | 'SOA';

/** Response codes: NOERROR, NXDOMAIN (no such name), SERVFAIL, REFUSED. */
export type ResponseCode = 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED';

export interface DnsRecord {
  /** With its final dot. */
  readonly name: string;
  readonly type: RecordType;
  /** Seconds. */
  readonly ttl: number;
  /** As `dig` prints it: an address, a name with its final dot, `0 100 80 web-0.web.default.svc.cluster.local.` for SRV. */
  readonly data: string;
}

/** A query over UDP or TCP port 53. `name` ends with a dot. */
export interface DnsQuery {
  readonly kind: 'dns-query';
  readonly name: string;
  readonly type: RecordType;
}

export interface DnsResponse {
  readonly kind: 'dns-response';
  readonly code: ResponseCode;
  /** Whether the server speaks for the zone itself. */
  readonly authoritative: boolean;
  readonly answers: readonly DnsRecord[];
  /** The zone's SOA, when it has no such name or record. */
  readonly authority?: readonly DnsRecord[];
  /** Records that help: the addresses behind SRV targets. */
  readonly additional?: readonly DnsRecord[];
}

export function isQuery(payload: unknown): payload is DnsQuery {
  return typeof payload === 'object' && payload !== null && (payload as DnsQuery).kind === 'dns-query';
}

export function isResponse(payload: unknown): payload is DnsResponse {
  return typeof payload === 'object' && payload !== null && (payload as DnsResponse).kind === 'dns-response';
}
