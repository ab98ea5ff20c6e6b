import type * as CoreV1 from 'kubernetes-types/core/v1';
import { duplicate, type ErrorList, invalid, required } from '../../api/field-error.ts';
import { parseIP } from '../../api/ip.ts';
import { checkEnum, isBlank, NULL } from './checks.ts';
import { isHeadless } from './service-strategy.ts';
import { checkIP } from './special-ip.ts';

const FAMILIES = ['IPv4', 'IPv6'];
const POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
const AT = 'spec.clusterIPs';

/** ValidateServiceClusterIPsRelatedFields */
export function checkClusterIPs(spec: CoreV1.ServiceSpec, errors: ErrorList): void {
  const { clusterIP, clusterIPs: ips = [], ipFamilies = [], ipFamilyPolicy } = spec;
  if (!isBlank(clusterIP)) {
    if (ips.length === 0) errors.push(required(AT));
    else if (ips[0] !== clusterIP) errors.push(invalid(AT, ips, 'first value must match `clusterIP`'));
  } else if (ips.length > 0) errors.push(invalid(AT, ips, 'must be empty when `clusterIP` is not specified'));
  const seen = new Set<string>();
  for (const [index, family] of ipFamilies.entries()) {
    checkEnum(family, FAMILIES, `spec.ipFamilies[${index}]`, errors);
    if (seen.has(family)) errors.push(duplicate(`spec.ipFamilies[${index}]`, family));
    seen.add(family);
  }
  if (ipFamilyPolicy !== undefined) checkEnum(ipFamilyPolicy, POLICIES, 'spec.ipFamilyPolicy', errors);
  let usable = true;
  for (const [index, ip] of ips.entries()) {
    if (index === 0 && ip === 'None') {
      if (ips.length === 1) continue;
      usable = false;
      errors.push(invalid(AT, ips, "'None' must be the first and only value"));
    } else if (!checkIP(ip, `${AT}[${index}]`, errors)) usable = false;
  }
  if (ips.length > 2) errors.push(invalid(AT, ips, 'may only hold up to 2 values'));
  if (!usable) return;
  if (ips.length > 1 && new Set(ips.map((ip) => parseIP(ip)?.length)).size !== 2)
    errors.push(invalid(AT, ips, 'may specify no more than one IP for each IP family'));
  if (isHeadless(spec)) return;
  for (const [index, ip] of ips.entries()) {
    const family = ipFamilies[index];
    const actual = parseIP(ip)?.length === 16 ? 'IPv6' : 'IPv4';
    if (family !== undefined && FAMILIES.includes(family) && family !== actual) {
      const article = `expected an ${family} value as indicated by \`ipFamilies[${index}]\``;
      errors.push(invalid(`${AT}[${index}]`, ip, article));
    }
  }
}

/** What was allocated stays (validateUpgradeDowngradeClusterIPs, validateUpgradeDowngradeIPFamilies). */
export function checkClusterIPsKept(spec: CoreV1.ServiceSpec, old: CoreV1.ServiceSpec, errors: ErrorList): void {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return;
  if (!(isHeadless(spec) && isHeadless(old))) checkIPsKept(spec, old, errors);
  if (isHeadless(spec) || isHeadless(old)) return;
  const { ipFamilies: families = [] } = spec;
  const { ipFamilies: before = [] } = old;
  const at = 'spec.ipFamilies[0]';
  if (families.length === before.length) {
    for (const [index, family] of before.entries())
      if (family !== families[index]) errors.push(invalid(at, families, 'may not change once set'));
    return;
  }
  if (families.length < before.length && (spec.clusterIPs?.length ?? 0) === 0)
    errors.push(invalid(at, families.length === 0 ? NULL : families, 'primary ipFamily can not be unset'));
  if (families.length > 0 && before.length > 0 && families[0] !== before[0])
    errors.push(invalid(at, spec.clusterIPs ?? NULL, 'may not change once set'));
  if (families.length === 1 && before.length === 2 && spec.ipFamilyPolicy !== 'SingleStack')
    errors.push(
      invalid(
        'spec.ipFamilyPolicy',
        spec.ipFamilyPolicy,
        "must be set to 'SingleStack' when releasing the secondary ipFamily",
      ),
    );
}

function checkIPsKept(spec: CoreV1.ServiceSpec, old: CoreV1.ServiceSpec, errors: ErrorList): void {
  const { clusterIPs: ips = [] } = spec;
  const { clusterIPs: before = [] } = old;
  const shown = ips.length === 0 ? NULL : ips;
  if (ips.length === before.length) {
    for (const [index, ip] of before.entries())
      if (ip !== ips[index]) errors.push(invalid(`${AT}[${index}]`, shown, 'may not change once set'));
    return;
  }
  if (ips.length < before.length && ips.length === 0)
    errors.push(invalid(`${AT}[0]`, shown, 'primary clusterIP can not be unset'));
  if (ips.length > 0 && before.length > 0 && ips[0] !== before[0])
    errors.push(invalid(`${AT}[0]`, shown, 'may not change once set'));
  if (ips.length === 1 && before.length === 2 && spec.ipFamilyPolicy !== 'SingleStack')
    errors.push(
      invalid(
        'spec.ipFamilyPolicy',
        spec.ipFamilyPolicy,
        "must be set to 'SingleStack' when releasing the secondary clusterIP",
      ),
    );
}
