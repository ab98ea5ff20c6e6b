import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect, it } from 'vitest';
import { BIT_STRING, element, INTEGER, SEQUENCE } from './der.ts';
import { keyPairProblem } from './key-pair.ts';
import { writePem } from './pem.ts';

const RSA = { modulusLength: 1024 } as const;
const pairs = {
  rsa: generateKeyPairSync('rsa', RSA),
  another: generateKeyPairSync('rsa', RSA),
  curve: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  edwards: generateKeyPairSync('ed25519'),
};

/** As much of a certificate as says whose key it is. */
function certificate(key: KeyObject, version: string): string {
  const info = key.export({ type: 'spki', format: 'der' }).toString('latin1');
  const sequence = element(SEQUENCE);
  const body = [version, element(INTEGER, '\u0001'), sequence, sequence, sequence, sequence, info];
  return writePem('CERTIFICATE', element(SEQUENCE, element(SEQUENCE, ...body), sequence, element(BIT_STRING, '\0')));
}

const VERSION_3 = element(0xa0, element(INTEGER, '\u0002'));
const certificateOf = (name: keyof typeof pairs) => certificate(pairs[name].publicKey, VERSION_3);
const keyOf = (name: keyof typeof pairs, type: 'pkcs8' | 'pkcs1' | 'sec1' = 'pkcs8') =>
  pairs[name].privateKey.export({ type: type as 'pkcs8', format: 'pem' }).toString();

it('tells pairs from what does not belong together', () => {
  const other = 'tls: private key does not match public key';
  const kind = 'tls: private key type does not match public key type';
  for (const [open, secret, problem] of [
    [certificateOf('rsa'), keyOf('rsa'), undefined],
    [certificateOf('rsa'), keyOf('rsa', 'pkcs1'), undefined],
    [certificate(pairs.rsa.publicKey, ''), keyOf('rsa'), undefined],
    [certificateOf('curve'), keyOf('curve'), undefined],
    [certificateOf('curve'), keyOf('curve', 'sec1'), undefined],
    [certificateOf('edwards'), keyOf('edwards'), undefined],
    [keyOf('rsa') + certificateOf('rsa'), certificateOf('rsa') + keyOf('rsa'), undefined],
    [certificateOf('rsa'), keyOf('another'), other],
    [certificateOf('rsa'), keyOf('another', 'pkcs1'), other],
    [certificateOf('rsa'), keyOf('curve'), kind],
    [certificateOf('curve'), keyOf('edwards'), kind],
    [certificateOf('edwards'), keyOf('rsa'), kind],
  ] as const)
    expect(keyPairProblem(open, secret), `${open}${secret}`).toBe(problem);
});

it('says what it looked for in vain', () => {
  const [open, secret, strange] = [certificateOf('rsa'), keyOf('rsa'), writePem('STRANGE', 'abc')];
  expect(keyPairProblem('', secret)).toBe('tls: failed to find any PEM data in certificate input');
  expect(keyPairProblem(secret, open)).toContain('PEM inputs may have been switched');
  expect(keyPairProblem(strange, secret)).toContain('failed to find "CERTIFICATE" PEM block in certificate input');
  expect(keyPairProblem(open, 'no PEM')).toBe('tls: failed to find any PEM data in key input');
  expect(keyPairProblem(open, open)).toBe('tls: found a certificate rather than a key in the PEM for the private key');
  expect(keyPairProblem(open, strange)).toContain('of the following types: [STRANGE]');
  expect(keyPairProblem(writePem('CERTIFICATE', 'abc'), secret)).toBe('x509: malformed certificate');
  expect(keyPairProblem(open, writePem('PRIVATE KEY', '\0'))).toBe('tls: failed to parse private key');
});
