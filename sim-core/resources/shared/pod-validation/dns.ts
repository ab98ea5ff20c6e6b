import type * as CoreV1 from 'kubernetes-types/core/v1';
import { type ErrorList, invalid, required } from '../../../api/field-error.ts';
import { byteLength } from '../../../api/go-format.ts';
import { isValidIP } from '../../../api/ip.ts';
import { isDNS1123Subdomain, regexError } from '../../../api/names.ts';
import { addInvalid, isBlank } from '../checks.ts';

const LABEL = '[a-z0-9_]([-_a-z0-9]*[a-z0-9])?';
const UNDERSCORE_LABEL = new RegExp(`^${LABEL}$`);

/** validatePodDNSConfig */
export function checkDnsConfig(
  config: CoreV1.PodDNSConfig | undefined,
  policy: string | undefined,
  at: string,
  errors: ErrorList,
): void {
  if (policy === 'None') {
    if (config === undefined) {
      errors.push(required(at, 'must provide `dnsConfig` when `dnsPolicy` is None'));
      return;
    }
    if ((config.nameservers?.length ?? 0) === 0) {
      errors.push(required(`${at}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None'));
      return;
    }
  }
  if (config === undefined) return;
  const { nameservers = [], searches = [], options = [] } = config;
  if (nameservers.length > 3)
    errors.push(invalid(`${at}.nameservers`, nameservers, 'must not have more than 3 nameservers'));
  for (const [index, server] of nameservers.entries())
    addInvalid(errors, `${at}.nameservers[${index}]`, server, isValidIP(server));
  if (searches.length > 32) errors.push(invalid(`${at}.searches`, searches, 'must not have more than 32 search paths'));
  if (byteLength(searches.join(' ')) > 2048)
    errors.push(
      invalid(
        `${at}.searches`,
        searches,
        'must not have more than 2048 characters (including spaces) in the search list',
      ),
    );
  for (const [index, search] of searches.entries()) {
    if (search === '.') continue;
    const name = search.endsWith('.') ? search.slice(0, -1) : search;
    addInvalid(errors, `${at}.searches[${index}]`, name, isSubdomainWithUnderscore(name));
  }
  for (const [index, { name }] of options.entries())
    if (isBlank(name)) errors.push(required(`${at}.options[${index}]`, 'must not be empty'));
}

/** validation.IsDNS1123SubdomainWithUnderscore */
function isSubdomainWithUnderscore(name: string): string[] {
  if (isDNS1123Subdomain(name).length === 0) return [];
  const messages = byteLength(name) > 253 ? ['must be no more than 253 characters'] : [];
  if (!name.split('.').every((label) => UNDERSCORE_LABEL.test(label)))
    messages.push(
      regexError(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        `${LABEL}(\\.${LABEL})*`,
        'example.com',
      ),
    );
  return messages;
}
