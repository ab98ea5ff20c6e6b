import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatTime, normalizeTime } from './go-time.ts';

describe('times', () => {
  test('are those of the calendar, whatever the zone', () => {
    const instant = fc.integer({ min: -62_135_596_800, max: 253_402_300_799 });
    const zone = fc.integer({ min: -14 * 60, max: 14 * 60 });
    fc.assert(
      fc.property(instant, zone, (seconds, minutes) => {
        const iso = (unix: number) => new Date(unix * 1000).toISOString().slice(0, 19);
        expect(formatTime(seconds)).toBe(`${iso(seconds)}Z`);
        if (seconds + minutes * 60 > 253_402_300_799 || seconds + minutes * 60 < -62_135_596_800) return;
        const two = (value: number) => String(value).padStart(2, '0');
        const size = Math.abs(minutes);
        const offset = `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
        expect(normalizeTime(iso(seconds + minutes * 60) + offset, false)).toEqual({ text: `${iso(seconds)}Z` });
      }),
      { numRuns: 500, seed: 5 },
    );
    expect(formatTime(0, 42)).toBe('1970-01-01T00:00:00.000042Z');
  });

  test.each([
    ['', 'parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006"'],
    ['2026-01-01', 'parsing time "2026-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'],
    [
      '2026-01-01T00:00:00',
      'parsing time "2026-01-01T00:00:00" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"',
    ],
    ['2026-02-29T00:00:00Z', 'parsing time "2026-02-29T00:00:00Z": day out of range'],
    ['2026-13-01T00:00:00Z', 'parsing time "2026-13-01T00:00:00Z": month out of range'],
    ['2026-01-01T24:00:00Z', 'parsing time "2026-01-01T24:00:00Z": hour out of range'],
    ['2026-01-01T00:00:00Zjunk', 'parsing time "2026-01-01T00:00:00Zjunk": extra text: "junk"'],
  ])('%j is refused as Go does', (text, error) => {
    expect(normalizeTime(text, false)).toEqual({ error });
  });

  test('with microseconds need all six digits', () => {
    expect(normalizeTime('2026-01-01T00:00:00.123456Z', true)).toEqual({ text: '2026-01-01T00:00:00.123456Z' });
    expect(normalizeTime('2026-01-01T00:00:00Z', true)).toEqual({
      error: 'parsing time "2026-01-01T00:00:00Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"',
    });
  });
});
