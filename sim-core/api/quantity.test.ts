import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseQuantity, Quantity, QuantityError, quantity } from './quantity.ts';

describe('parse and canonical form', () => {
  it.each([
    ['0', '0'],
    ['1', '1'],
    ['100m', '100m'],
    ['0.1', '100m'],
    ['0.5', '500m'],
    ['1500m', '1500m'],
    ['1.5', '1500m'],
    ['1000m', '1'],
    ['2000m', '2'],
    ['1024', '1024'],
    ['1000', '1k'],
    ['1Ki', '1Ki'],
    ['1024Ki', '1Mi'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Gi', '512Mi'],
    ['0.1Gi', '107374182400m'],
    ['0.5Mi', '512Ki'],
    ['100Mi', '100Mi'],
    ['8Gi', '8Gi'],
    ['1G', '1G'],
    ['1000M', '1G'],
    ['1e3', '1e3'],
    ['1E3', '1E3'],
    ['1000e3', '1e6'],
    ['12e2', '1200'],
    ['1E', '1E'],
    ['1Ei', '1Ei'],
    ['100000Ei', '9223372036854775807'],
    ['0.0001', '100u'],
    ['0.1n', '1n'],
    ['1n', '1n'],
    ['-1', '-1'],
    ['-0.5', '-500m'],
    ['-1.5Gi', '-1536Mi'],
    ['.5', '500m'],
    ['5.', '5.'],
    ['m', '0'],
    ['007m', '007m'],
    ['0.25Ki', '256'],
    ['1000Ki', '1000Ki'],
    ['0k', '0'],
    ['3.0', '3'],
    ['500000n', '500u'],
  ])('%s is %s', (text, canonical) => {
    expect(quantity(text).toString()).toBe(canonical);
  });

  it.each(['', ' 1', '1 ', 'lots', '1.2.3', '1e2e3 ', '1,5', '0x10', '١'])(
    'refuses %j as upstream words it',
    (text) => {
      expect(parseQuantity(text)).toBe(
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      );
    },
  );

  it.each(['1K', '--1', '1e', '1mm', '1Mi5', '5ki'])('refuses the suffix of %j', (text) => {
    expect(parseQuantity(text)).toBe("unable to parse quantity's suffix");
  });

  it('takes JSON numbers and null', () => {
    expect(quantity(2).toString()).toBe('2');
    expect(quantity(0.25).toString()).toBe('250m');
    expect(quantity(null).isZero()).toBe(true);
    expect(parseQuantity({})).toMatch(/^quantities must match/);
    expect(() => quantity('x')).toThrow(QuantityError);
  });

  it('bounds what an absurd exponent costs', () => {
    expect(typeof parseQuantity('1e999999999')).not.toBe('string');
    expect(quantity('1e-999999999').toString()).toBe('1e-9');
  });
});

describe('amounts', () => {
  it('rounds away from zero to units and thousandths', () => {
    expect(quantity('1500m').value()).toBe(2);
    expect(quantity('-1500m').value()).toBe(-2);
    expect(quantity('1u').milliValue()).toBe(1);
    expect(quantity('2').milliValue()).toBe(2000);
    expect(quantity('1.5Gi').value()).toBe(1610612736);
    expect(quantity('100m').toNumber()).toBe(0.1);
    expect(quantity('0.0001').roundUpToMilli().toString()).toBe('1m');
    expect(quantity('100m').roundUpToMilli().toString()).toBe('100m');
  });

  it('keeps the format of the first summand unless it is zero', () => {
    expect(quantity('1Gi').add(quantity('500M')).toString()).toBe('1573741824');
    expect(quantity('1Gi').add(quantity('512Mi')).toString()).toBe('1536Mi');
    expect(quantity('0').add(quantity('1Gi')).toString()).toBe('1Gi');
    expect(quantity('1').sub(quantity('250m')).toString()).toBe('750m');
    expect(quantity('250m').mul(4).toString()).toBe('1');
    expect(quantity('1Gi').negate().toString()).toBe('-1Gi');
    expect(JSON.stringify({ cpu: quantity('0.5') })).toBe('{"cpu":"500m"}');
  });

  it('orders by amount', () => {
    expect(quantity('1').compare(quantity('1000m'))).toBe(0);
    expect(quantity('1G').compare(quantity('1Gi'))).toBe(-1);
    expect(quantity('1').sign()).toBe(1);
  });
});

const written = fc
  .tuple(
    fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
    fc.constantFrom('n', 'u', 'm', '', 'k', 'M', 'Ki', 'Mi', 'Gi'),
  )
  .map(([number, suffix]) => `${number}${suffix}`);

describe('properties', () => {
  it('the canonical form means the same amount and is stable', () => {
    fc.assert(
      fc.property(written, (text) => {
        const parsed = quantity(text);
        const again = quantity(parsed.toString());
        expect(again.nanos).toBe(parsed.nanos);
        expect(again.toString()).toBe(parsed.toString());
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('subtracting what was added gives the amount back', () => {
    fc.assert(
      fc.property(written, written, (left, right) => {
        const sum = quantity(left).add(quantity(right));
        expect(sum.sub(quantity(right)).equals(quantity(left))).toBe(true);
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  it('never throws on any string', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = parseQuantity(text);
        expect(typeof parsed === 'string' || parsed instanceof Quantity).toBe(true);
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});
