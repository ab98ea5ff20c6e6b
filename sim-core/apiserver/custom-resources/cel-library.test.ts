import { expect, it } from 'vitest';
import { celCompiler } from './cel-pack.ts';

const object = { names: ['a', 'b', 'b'], text: 'abc 123 456' };
const value = (expression: string) => celCompiler.compileFor(expression, ['object'])({ object });

it.each([
  ["object.names.indexOf('b')", 1n],
  ["object.names.lastIndexOf('b')", 2n],
  ["object.names.indexOf('z')", -1n],
  ["object.text.findAll('[0-9]+')", ['123', '456']],
  ["object.text.findAll('[0-9]+', 1)", ['123']],
  ["object.text.replace('b', 'x')", 'axc 123 456'],
  ["'hello hello'.replace('he', 'we', 1)", 'wello hello'],
  ["'tacocat'.charAt(3)", 'o'],
  ["'%s has %d, %.2f of %s: 0x%x %%'.format(['it', 2, 1.5, [1, 'a'], 255])", 'it has 2, 1.50 of [1, a]: 0xff %'],
  ["strings.quote('a\"b')", '"a\\"b"'],
  ['sets.contains([1, 2], [1]) && !sets.contains([1], [1, 2])', true],
  ['sets.equivalent([1, 1, 2], [2, 1])', true],
  ['sets.intersects([1], [2])', false],
  ["format.dns1123Label().validate('my-name').hasValue()", false],
  ["format.named('dns1123Label').value().validate('my.name').value()", ['must not contain dots']],
  ["format.named('constructor').hasValue()", false],
  ["format.uuid().validate('123').value()", ['does not match the UUID format']],
  ["format.dns1123LabelPrefix().validate('web-').hasValue()", false],
  ["format.uri().validate('shop').hasValue() && !format.uri().validate('http://shop').hasValue()", true],
  ["ip.isCanonical('::1') && !ip.isCanonical('::0001')", true],
  ["ip('169.254.0.1').isLinkLocalUnicast() && ip('224.0.0.1').isLinkLocalMulticast()", true],
  ["ip('8.8.8.8').isGlobalUnicast() && !ip('224.0.0.1').isGlobalUnicast()", true],
  ["ip('::0001') == ip('::1')", true],
  ["cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8') && string(cidr('10.0.0.0/8')) == '10.0.0.0/8'", true],
  ["quantity('1') == quantity('1000m') && quantity('1') != quantity('2')", true],
  ["url('https://x/?a=1&a=2&b=').getQuery()['a']", ['1', '2']],
  // Names of libraries may be names of variables too.
  ["['10.0.0.1'].all(ip, isIP(ip)) && ['x'].all(format, format == 'x')", true],
])('%s', (expression, wanted) => {
  expect(value(expression)).toEqual(wanted);
});

it('the least of nothing is an error', () => {
  expect(() => value('[].min()')).toThrow('min called on empty list');
});
