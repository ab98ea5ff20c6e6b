import { expect, test } from 'vitest';
import { parseTime } from '../engine/index.ts';
import { OLD_CERTIFICATE, SHOP_CERTIFICATE } from './x509.fixture.ts';
import { certifies, parseCertificates } from './x509.ts';

test('a certificate tells whom it stands for, who says so, and for how long', () => {
  expect(parseCertificates(SHOP_CERTIFICATE)).toEqual([
    {
      subject: 'CN=shop.example.com,O=Shop',
      issuer: 'CN=shop.example.com,O=Shop',
      owner: { commonName: 'shop.example.com', organizations: ['Shop'] },
      names: ['shop.example.com', '*.shop.example.com', '10.1.2.3'],
      notBefore: parseTime('2025-07-01T00:00:00Z'),
      notAfter: parseTime('2035-07-01T00:00:00Z'),
    },
  ]);
  expect(parseCertificates(`${SHOP_CERTIFICATE}${OLD_CERTIFICATE}`)[1]).toMatchObject({
    subject: 'C=KR,O=조타수,CN=old.example.com',
    issuer: 'CN=Example CA',
    names: [],
    notAfter: parseTime('2125-07-01T00:00:00Z'),
  });
});

test('what is no certificate is none', () => {
  expect(parseCertificates('')).toEqual([]);
  expect(parseCertificates('-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----')).toEqual([]);
  expect(parseCertificates('-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----')).toEqual([]);
  for (let length = 40; length < 500; length += 37) {
    const cut = `${SHOP_CERTIFICATE.slice(0, length).trimEnd()}\n-----END CERTIFICATE-----`;
    expect(() => parseCertificates(cut)).not.toThrow();
  }
});

test('a host is certified by an alternative name, a wildcard of one label, or else the common name', () => {
  const [shop] = parseCertificates(SHOP_CERTIFICATE);
  const hosts = ['shop.example.com', 'SHOP.example.com', 'a.shop.example.com', 'a.b.shop.example.com', 'example.com'];
  expect(hosts.map((host) => certifies(shop!, host))).toEqual([true, true, true, false, false]);
  expect(certifies(parseCertificates(OLD_CERTIFICATE)[0]!, 'old.example.com')).toBe(true);
});
