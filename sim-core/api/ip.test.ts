import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as ip from './ip.ts';

describe('addresses', () => {
  it('reads and prints them as net.IP does', () => {
    for (const [text, canonical] of [
      ['10.0.0.1', '10.0.0.1'],
      ['010.0.0.1', '10.0.0.1'],
      ['::', '::'],
      ['::1', '::1'],
      ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
      ['::ffff:1.2.3.4', '1.2.3.4'],
      ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
      ['fe80:0:0:0:0:0:0:0', 'fe80::'],
      ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
    ] as const) {
      expect(ip.formatIP(ip.parseIP(text)!), text).toBe(canonical);
    }
    for (const text of [
      '',
      '1.2.3',
      '1.2.3.256',
      '1.2.3.4.5',
      ':::',
      '1::2::3',
      '12345::',
      '1:2:3:4:5:6:7:8:9',
      '::1%eth0',
      'x',
      '1.2.3.-4',
    ]) {
      expect(ip.parseIP(text), text).toBeUndefined();
    }
  });

  it('round-trips', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const bytes = ip.parseIP(text)!;
        expect(ip.parseIP(ip.formatIP(bytes))).toEqual(bytes);
      }),
      { seed: 9, numRuns: 200 },
    );
  });

  it('words refusals and warnings as upstream does', () => {
    expect(ip.isValidIP('1.2.3')).toEqual(['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']);
    expect(ip.isValidIPv4Address('::1')).toEqual(['must be a valid IPv4 address']);
    expect(ip.isValidIPv6Address('1.2.3.4')).toEqual(['must be a valid IPv6 address']);
    expect(ip.ipWarnings('spec.clusterIP', '010.0.0.1')).toEqual([
      'spec.clusterIP: non-standard IP address "010.0.0.1" will be considered invalid in a future Kubernetes release: use "10.0.0.1"',
    ]);
    expect(ip.ipWarnings('spec.ip', '2001:DB8::1')).toEqual([
      'spec.ip: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
    ]);
    expect(ip.ipWarnings('spec.ip', '10.0.0.1')).toEqual([]);
  });
});

describe('CIDRs', () => {
  it('reads them and tells what they hold', () => {
    const cidr = ip.parseCIDR('10.96.3.4/12')!;
    expect(ip.formatIP(cidr.network)).toBe('10.96.0.0');
    expect(ip.cidrContains(cidr, ip.parseIP('10.111.255.255')!)).toBe(true);
    expect(ip.cidrContains(cidr, ip.parseIP('10.112.0.0')!)).toBe(false);
    expect(ip.cidrContains(ip.parseCIDR('0.0.0.0/0')!, ip.parseIP('1.2.3.4')!)).toBe(true);
    expect(ip.cidrContains(ip.parseCIDR('fd00::/8')!, ip.parseIP('fdff::1')!)).toBe(true);
    for (const text of ['1.2.3', '1.2.3.4', '1.2.3.4/33', '::/129', '1.2.3.4/-1', 'x/8'])
      expect(ip.parseCIDR(text), text).toBeUndefined();
    expect(ip.isValidCIDR('1.2.3')).toEqual(['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']);
  });

  it('warns of host bits', () => {
    expect(ip.cidrWarnings('spec.cidr', '10.0.0.5/8')).toEqual([
      'spec.cidr: CIDR value "10.0.0.5/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.5/32"?)',
    ]);
    expect(ip.cidrWarnings('spec.cidr', '10.0.0.0/8')).toEqual([]);
  });
});
