import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFieldSelector } from './field-selector.ts';
import {
  everything,
  formatLabelSelector,
  labelSelectorAsQuery,
  labelSelectorAsSelector,
  nothing,
  parseLabelSelector,
  SelectorError,
  selectorFromSet,
} from './selector.ts';

describe('parseLabelSelector', () => {
  it.each([
    ['a=b,c!=d,e in (x,y),!f,g', 'a=b,c!=d,e in (x,y),!f,g'],
    ['x==1', 'x==1'],
    ['z,a', 'a,z'],
    ['x in (b,a)', 'x in (a,b)'],
    ['x notin ()', 'x notin ()'],
    ['x in (,a)', 'x in (,a)'],
    ['x=', 'x='],
    ['x>1', 'x>1'],
    [' x  =  y ', 'x=y'],
    ['in in (in)', 'in in (in)'],
    ['', ''],
    ['x,', undefined],
    ['a gt 1', undefined],
  ])('%j prints as %j', (text, printed) => {
    if (printed === undefined) expect(() => parseLabelSelector(text)).toThrow();
    else expect(parseLabelSelector(text).toString()).toBe(printed);
  });

  it.each([
    ['a==b==c', "found '==', expected: ',' or 'end of string'"],
    ['=x', "found '=', expected: !, identifier, or 'end of string'"],
    ['bad key=1', "unable to parse requirement: found 'key', expected: in, notin, =, ==, !=, gt, lt"],
    ['a,', "found '', expected: identifier after ','"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a=!', "unable to parse requirement: found '!', expected: identifier"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    [
      'a>x',
      `unable to parse requirement: values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
    [
      '_a=1',
      `unable to parse requirement: <nil>: Invalid value: "_a": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
  ])('refuses %j', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(new SelectorError(message));
  });

  it('names the value that is wrong', () => {
    expect(() => parseLabelSelector('a=b$')).toThrow(
      /^unable to parse requirement: values\[0\]\[a\]: Invalid value: "b\$": a valid label must be/,
    );
  });
});

describe('matching', () => {
  const labels = { app: 'web', tier: 'front', n: '5' };
  it.each([
    ['app=web', true],
    ['app=db', false],
    ['app!=db', true],
    ['zone!=a', true],
    ['app in (web,db)', true],
    ['zone notin (a)', true],
    ['app notin (web)', false],
    ['tier', true],
    ['!tier', false],
    ['!zone', true],
    ['n>4', true],
    ['n<5', false],
    ['app>1', false],
    ['app=web,zone', false],
    ['constructor', false],
    ['app=web,tier=front', true],
  ])('%s: %s', (selector, expected) => {
    expect(parseLabelSelector(selector).matches(labels)).toBe(expected);
  });

  it('knows everything, nothing and objects', () => {
    expect(everything.matches(undefined)).toBe(true);
    expect(nothing.matches(labels)).toBe(false);
    expect(labelSelectorAsSelector(undefined)).toBe(nothing);
    expect(labelSelectorAsSelector({}).isEmpty()).toBe(true);
    const selector = Object.freeze({
      matchLabels: { app: 'web' },
      matchExpressions: [{ key: 'tier', operator: 'In', values: ['front', 'back'] }],
    });
    expect(labelSelectorAsSelector(selector).matches(labels)).toBe(true);
    expect(labelSelectorAsSelector(selector)).toBe(labelSelectorAsSelector(selector));
    expect(labelSelectorAsQuery(selector)).toBe('app=web,tier in (back,front)');
    expect(labelSelectorAsQuery(null)).toBeUndefined();
    expect(() => labelSelectorAsSelector({ matchExpressions: [{ key: 'a', operator: 'Is' }] })).toThrow(
      '"Is" is not a valid label selector operator',
    );
    expect(selectorFromSet({ b: '1', a: '2' }).toString()).toBe('a=2,b=1');
    expect(selectorFromSet({ app: 'web' }).requiresExactMatch('app')).toBe('web');
  });

  it('formats for kubectl', () => {
    expect(formatLabelSelector({ matchLabels: { b: '1', a: '2' } })).toBe('a=2,b=1');
    expect(formatLabelSelector({})).toBe('<none>');
    expect(formatLabelSelector(null)).toBe('<none>');
    expect(formatLabelSelector({ matchExpressions: [{ key: 'a', operator: 'In' }] })).toBe('<error>');
  });

  it('what is printed parses to the same selector', () => {
    const key = fc.stringMatching(/^[a-z]{1,5}$/).filter((text) => text !== 'in' && text !== 'notin');
    const requirement = fc.tuple(
      key,
      fc.constantFrom('=', '!=', 'in', 'notin', 'exists', '!'),
      fc.uniqueArray(key, { minLength: 1, maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 4 }), fc.dictionary(key, key), (parts, set) => {
        const text = parts
          .map(([name, operator, values]) => {
            if (operator === 'exists') return name;
            if (operator === '!') return `!${name}`;
            return operator.endsWith('in')
              ? `${name} ${operator} (${values.join(',')})`
              : `${name}${operator}${values[0]}`;
          })
          .join(',');
        const selector = parseLabelSelector(text);
        const again = parseLabelSelector(selector.toString());
        expect(again.toString()).toBe(selector.toString());
        expect(again.matches(set)).toBe(selector.matches(set));
      }),
      { seed: 11, numRuns: 200 },
    );
  });

  it('refuses or accepts any text without another kind of error', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', 'in', '(', ')', ',', '=', '!', '>', ' ', 'notin', '==', '<')),
        (parts) => {
          try {
            parseLabelSelector(parts.join(''));
          } catch (error) {
            expect((error as Error).name).toBe('SelectorError');
          }
        },
      ),
      { seed: 11, numRuns: 500 },
    );
  });
});

describe('field selectors', () => {
  const get = (field: string): string | undefined => ({ 'spec.nodeName': 'n1', 'status.phase': 'Pending' })[field];

  it('parse, print and match', () => {
    const selector = parseFieldSelector('status.phase!=Running,spec.nodeName==n1');
    expect(selector.toString()).toBe('spec.nodeName=n1,status.phase!=Running');
    expect(selector.matches(get)).toBe(true);
    expect(parseFieldSelector('spec.nodeName=').matches(get)).toBe(false);
    expect(parseFieldSelector('metadata.name=').matches(get)).toBe(true);
    expect(parseFieldSelector('').isEmpty()).toBe(true);
    expect(parseFieldSelector('metadata.name=x').requiresExactMatch('metadata.name')).toBe('x');
    expect(parseFieldSelector('a=x\\,y\\=z').requirements).toEqual([{ field: 'a', operator: '=', value: 'x,y=z' }]);
    expect(parseFieldSelector('a=x\\,y').toString()).toBe('a=x\\,y');
  });

  it.each([
    ['foo', "invalid selector: 'foo'; can't understand 'foo'"],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
    ['a=b\\c', 'invalid field selector: invalid escape sequence: \\c'],
    ['a=b\\', 'invalid field selector: invalid escape sequence: \\'],
  ])('refuses %j', (text, message) => {
    expect(() => parseFieldSelector(text)).toThrow(new SelectorError(message));
  });
});
