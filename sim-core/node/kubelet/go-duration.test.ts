import { expect, it } from 'vitest';
import { goDuration } from './go-duration.ts';

it.each([
  [0, '0s'],
  [150_000, '150ms'],
  [1_234_000, '1.234s'],
  [10_000_000, '10s'],
  [80_000_000, '1m20s'],
  [300_000_000, '5m0s'],
  [3_601_500_000, '1h0m1.5s'],
  [750, '750µs'],
])('%d µs is %s', (duration, text) => {
  expect(goDuration(duration)).toBe(text);
});
