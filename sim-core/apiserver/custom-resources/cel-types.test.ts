import { expect, it } from 'vitest';
import { celCompiler } from './cel-pack.ts';

const value = (expression: string) => celCompiler.compileFor(expression, ['object'])({ object: { cpu: '500m' } });

it.each([
  ["quantity(object.cpu).isLessThan(quantity('1'))", true],
  ["quantity('1Gi').compareTo(quantity('1024Mi'))", 0n],
  ["quantity('500m').add(quantity('500m')).asInteger()", 1n],
  ["quantity('3').sub(1).asInteger()", 2n],
  ["isQuantity('1Gi') && !isQuantity('lots')", true],
  ["ip('10.0.0.1').family()", 4n],
  ["isIP('10.0.0.300')", false],
  ["ip('127.0.0.1').isLoopback() && !ip('fe80::1').isLoopback()", true],
  ["cidr('10.0.0.0/8').containsIP('10.1.2.3')", true],
  ["cidr('10.0.0.0/8').containsCIDR(cidr('11.0.0.0/16'))", false],
  ["cidr('10.0.0.0/8').prefixLength()", 8n],
  ["url('https://shop.example.com:8443/a/b?c=d').getHostname()", 'shop.example.com'],
  ["url('https://shop.example.com:8443/a/b?c=d').getPort()", '8443'],
  ["url('https://shop.example.com:8443/a/b?c=d').getEscapedPath()", '/a/b'],
  ["isURL('/a') && !isURL('a b')", true],
])('%s', (expression, wanted) => {
  expect(value(expression)).toEqual(wanted);
});

it('what is no quantity is an error', () => {
  expect(() => value("quantity('lots').sign()")).toThrow('quantities must match the regular expression');
});
