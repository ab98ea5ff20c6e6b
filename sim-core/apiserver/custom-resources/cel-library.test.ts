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
  ['[1, 2, 3].all(i, v, i < v) && {"a": 1}.exists(k, v, k == "a" && v == 1)', true],
  ['[1].exists(i, v, v / 0 == 1 || i == 0) && {1: "x"}.all(k, v, k == 1)', true],
  ['[1, 1, 2].existsOne(i, v, v == 1) || [1, 1, 2].exists_one(i, v, v == 3)', false],
  ['[1, 2, 3].transformList(i, v, i % 2 == 0, (i * v) + v)', [1n, 9n]],
  ['object.names.transformList(i, name, name + string(i))', ['a0', 'b1', 'b2']],
  ['[1, 2].transformMap(i, v, v * 2)', { 0: 2n, 1: 4n }],
  ['{"greeting": "hello"}.transformMapEntry(k, v, {v: k})', { hello: 'greeting' }],
  ['[[1], [2]].all(i, v, v.all(j, w, w > i))', true],
  ['optional.ofNonZeroValue("").hasValue() || optional.ofNonZeroValue([]).hasValue()', false],
  ['optional.of(1).optMap(x, x + 1).value()', 2n],
  ['object.?names.optFlatMap(x, x[?7]).orValue("none")', 'none'],
  ['[1, 2].last().value() - [1, 2].first().value()', 1n],
  ['[].first().hasValue()', false],
  ['optional.unwrap([optional.of(1), optional.none()]) == [optional.of(1), optional.none()].unwrapOpt()', true],
  // Names of libraries may be names of variables too.
  ["['10.0.0.1'].all(ip, isIP(ip)) && ['x'].all(format, format == 'x')", true],
])('%s', (expression, wanted) => {
  expect(value(expression)).toEqual(wanted);
});

it('the least of nothing is an error', () => {
  expect(() => value('[].min()')).toThrow('min called on empty list');
});

it.each([
  ['{"g": "a", "f": "a"}.transformMapEntry(k, v, {v: k})', 'insert failed: key a already exists'],
  ['optional.none().value()', 'optional.none() dereference'],
  ['optional.unwrap([1])', 'value 1 is not optional'],
])('%s fails', (expression, message) => {
  expect(() => value(expression)).toThrow(new Error(message));
});

// What is declared and how is that of 1.32, since a server of 1.33 takes no newer expressions.
it.each([
  ["semver('1.0.0')", [[1, 7, "undeclared reference to 'semver' (in container '')"]]],
  ["image('a')", [[1, 6, "undeclared reference to 'image' (in container '')"]]],
  ["['a'].reverse()", [[1, 14, "undeclared reference to 'reverse' (in container '')"]]],
  ['cel.bind(x, 1, x)', [[1, 1, "undeclared reference to 'cel' (in container '')"]]],
  ["b'a'.hex()", [[1, 9, "undeclared reference to 'hex' (in container '')"]]],
  ['1 +\n  nope', [[2, 3, "undeclared reference to 'nope' (in container '')"]]],
  [
    'sets.nope([1])',
    [
      [1, 1, "undeclared reference to 'sets' (in container '')"],
      [1, 10, "undeclared reference to 'nope' (in container '')"],
    ],
  ],
  ["'a'.indexOf(1)", [[1, 12, "found no matching overload for 'indexOf' applied to 'string.(int)'"]]],
  ['sets.contains(1)', [[1, 14, "found no matching overload for 'sets.contains' applied to '(int)'"]]],
  ["size([1], ['a'])", [[1, 5, "found no matching overload for 'size' applied to '(list(int), list(string))'"]]],
  ['[1].all(i, i, true)', [[1, 12, 'duplicate variable name: i']]],
  ['[1].all(i, i.x, true)', [[1, 14, 'argument must be a simple name']]],
  ['[1].all(i, v, 1)', [[1, 8, "found no matching overload for '_&&_' applied to '(bool, int)'"]]],
  ["'a'.optMap(x, x)", [[1, 11, "found no matching overload for 'hasValue' applied to 'string.()'"]]],
  ["[1, 'a']", [[1, 5, "expected type 'int' but found 'string'"]]],
  ["duration('soon')", [[1, 10, 'invalid duration argument']]],
  ["'a'.matches('[')", [[1, 13, 'invalid matches argument']]],
  ['[?optional.of(1)]', [[1, 2, "unsupported syntax '?'"]]],
] as [string, [number, number, string][]][])('%s is refused', (expression, problems) => {
  const lines = expression.split('\n');
  const shown = problems.map(
    ([line, column, what]) =>
      `ERROR: <input>:${line}:${column}: ${what}\n | ${lines[line - 1]}\n | ${'.'.repeat(column - 1)}^`,
  );
  expect(() => value(expression)).toThrow(new Error(`compilation failed: ${shown.join('\n')}`));
});
