import { type ErrorList, invalid } from '../../api/field-error.ts';
import { isValidIP, parseIP } from '../../api/ip.ts';
import { addInvalid } from './checks.ts';

/** Addresses that cannot be endpoints: unspecified, loopback, link-local (ValidateNonSpecialIP). */
export function checkNonSpecialIP(ip: string, at: string, errors: ErrorList): void {
  const bytes = parseIP(ip);
  if (bytes === undefined) {
    errors.push(invalid(at, ip, 'must be a valid IP address'));
    return;
  }
  const [first, second] = bytes as [number, number];
  const v4 = bytes.length === 4;
  const leading = bytes.slice(0, -1).every((byte) => byte === 0);
  if (leading && bytes[bytes.length - 1] === 0) errors.push(invalid(at, ip, `may not be unspecified (${ip})`));
  if (v4 ? first === 127 : leading && bytes[15] === 1)
    errors.push(invalid(at, ip, 'may not be in the loopback range (127.0.0.0/8, ::1/128)'));
  if (v4 ? first === 169 && second === 254 : first === 0xfe && (second & 0xc0) === 0x80)
    errors.push(invalid(at, ip, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'));
  if (v4 ? first === 224 && second === 0 && bytes[2] === 0 : first === 0xff && (second & 0x0f) === 0x02)
    errors.push(invalid(at, ip, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'));
}

/** IsValidIP as a check. */
export function checkIP(ip: string | undefined, at: string, errors: ErrorList): boolean {
  const messages = isValidIP(ip ?? '');
  addInvalid(errors, at, ip ?? '', messages);
  return messages.length === 0;
}
