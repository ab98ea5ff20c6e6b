import { base64OfBytes } from '../../../api/base64.ts';
import { encodeUtf8 } from '../../../api/utf8.ts';
import { KubectlError, quote } from '../../errors.ts';
import type { ConfigEntry, Kubeconfig, Section } from '../../kubeconfig.ts';

const SECTIONS: Record<string, Section> = { clusters: 'clusters', contexts: 'contexts', users: 'users' };
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

const FIELDS: Record<Section, readonly string[]> = {
  clusters: [
    'server',
    'tls-server-name',
    'insecure-skip-tls-verify',
    'certificate-authority',
    'certificate-authority-data',
    'proxy-url',
    'disable-compression',
  ],
  contexts: ['cluster', 'user', 'namespace'],
  users: [
    'client-certificate',
    'client-certificate-data',
    'client-key',
    'client-key-data',
    'token',
    'tokenFile',
    'act-as',
    'act-as-uid',
    'username',
    'password',
  ],
};
const BOOLEANS = new Set(['insecure-skip-tls-verify', 'disable-compression']);

/** Splits `clusters.a.b.server` where the name in the middle may have dots. */
function split(property: string): { section: Section; name: string; field: string | undefined } | undefined {
  const [first = '', ...rest] = property.split('.');
  const section = Object.hasOwn(SECTIONS, first) ? SECTIONS[first] : undefined;
  if (section === undefined || rest.length === 0) return undefined;
  const last = rest.at(-1)!;
  if (rest.length > 1 && FIELDS[section].includes(last))
    return { section, name: rest.slice(0, -1).join('.'), field: last };
  return { section, name: rest.join('.'), field: undefined };
}

/** `config set` and `config unset`: writes or takes away one value by its dotted name. */
export function setProperty(config: Kubeconfig, property: string, value: string | undefined, rawBytes: boolean): void {
  if (property.split('.').some((part) => FORBIDDEN.has(part))) throw new KubectlError(`unable to parse ${property}`);
  if (property === 'current-context') {
    config.currentContext = value ?? '';
    return;
  }
  const path = split(property);
  if (path === undefined) {
    if (property.startsWith('preferences')) {
      if (value === undefined) config.preferences = {};
      else config.preferences = { ...config.preferences, [property.split('.')[1] ?? 'colors']: value === 'true' };
      return;
    }
    if (Object.hasOwn(SECTIONS, property) && value === undefined) {
      config[SECTIONS[property]!].clear();
      return;
    }
    throw new KubectlError(`unable to parse ${property} after [] at api.Config`);
  }
  const { section, name, field } = path;
  if (field === undefined) {
    if (value !== undefined) throw new KubectlError(`unable to parse ${property}: no such field`);
    config[section].delete(name);
    return;
  }
  const entry: ConfigEntry = { ...config[section].get(name) };
  if (value === undefined) delete entry[field];
  else if (BOOLEANS.has(field)) {
    if (!/^(1|0|t|f|T|F|true|false|TRUE|FALSE|True|False)$/.test(value))
      throw new KubectlError(`strconv.ParseBool: parsing ${quote(value)}: invalid syntax`);
    entry[field] = /^[1tT]/.test(value);
  } else if (field.endsWith('-data') && rawBytes) entry[field] = base64OfBytes(encodeUtf8(value));
  else entry[field] = value;
  config[section].set(name, entry);
}
