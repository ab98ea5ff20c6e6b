import { describe, expect, it } from 'vitest';
import { IntOrStringError, intValue, percentValue, scaledValue } from './int-or-string.ts';

describe('scaledValue', () => {
  it('rounds percentages up or down and leaves numbers alone', () => {
    expect(scaledValue(3, 10, true)).toBe(3);
    expect(scaledValue('25%', 10, true)).toBe(3);
    expect(scaledValue('25%', 10, false)).toBe(2);
    expect(scaledValue('0%', 10, true)).toBe(0);
    expect(scaledValue('110%', 10, true)).toBe(11);
  });

  it('words its errors as upstream', () => {
    expect(() => scaledValue(undefined, 1, true)).toThrow('nil value for IntOrString');
    expect(() => scaledValue('5', 1, true)).toThrow(
      'invalid value for IntOrString: invalid type: string is not a percentage',
    );
    expect(() => scaledValue('x%', 1, true)).toThrow(
      new IntOrStringError(
        'invalid value for IntOrString: invalid value "x%": strconv.Atoi: parsing "x": invalid syntax',
      ),
    );
  });
});

describe('percentValue and intValue', () => {
  it('read what is valid', () => {
    expect(percentValue('25%')).toBe(25);
    expect(percentValue('-5%')).toBeUndefined();
    expect(percentValue(25)).toBeUndefined();
    expect(intValue('8080')).toBe(8080);
    expect(intValue('http')).toBe(0);
    expect(intValue(80)).toBe(80);
  });
});
