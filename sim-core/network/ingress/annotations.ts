import { type Prefix, parseIPv4, parsePrefix } from '../ipv4.ts';

const PREFIX = 'nginx.ingress.kubernetes.io/';

/** What an Ingress asks of ingress-nginx besides its spec. */
export interface Annotations {
  readonly useRegex: boolean;
  /** `''`: none. */
  readonly rewriteTarget: string;
  readonly sslRedirect: boolean;
  readonly forceSslRedirect: boolean;
  readonly permanentRedirect: string;
  readonly secureBackend: boolean;
  /** Clients that may ask; empty: all. */
  readonly allowed: readonly Prefix[];
  /** Seconds to wait for an answer. */
  readonly readTimeout: number;
  readonly canary: Canary | undefined;
}

/** A release that gets some of the requests of another Ingress's paths. */
export interface Canary {
  /** Of a hundred. */
  readonly weight: number;
  readonly header: string;
  readonly headerValue: string;
}

const KNOWN = new Set([
  'use-regex',
  'rewrite-target',
  'ssl-redirect',
  'force-ssl-redirect',
  'permanent-redirect',
  'backend-protocol',
  'whitelist-source-range',
  'allowlist-source-range',
  'proxy-read-timeout',
  'canary',
  'canary-weight',
  'canary-by-header',
  'canary-by-header-value',
]);
/** Settings that change nothing that can be seen here: sizes, buffers, time-outs that never run out. */
const HARMLESS =
  /^(?:proxy-(?:body-size|buffer.*|connect-timeout|send-timeout|http-version)|client-body-.*|enable-cors|service-upstream)$/;

/** Reads the annotations that are simulated. */
export function annotationsOf(all: Readonly<Record<string, string>>): Annotations {
  const text = (name: string) => (Object.hasOwn(all, PREFIX + name) ? all[PREFIX + name]! : '');
  const on = (name: string, otherwise: boolean) => (text(name) === '' ? otherwise : text(name) === 'true');
  const sources = text('whitelist-source-range') || text('allowlist-source-range');
  const canary = on('canary', false)
    ? {
        weight: Number(text('canary-weight')) || 0,
        header: text('canary-by-header').toLowerCase(),
        headerValue: text('canary-by-header-value'),
      }
    : undefined;
  return {
    useRegex: on('use-regex', false),
    rewriteTarget: text('rewrite-target'),
    sslRedirect: on('ssl-redirect', true),
    forceSslRedirect: on('force-ssl-redirect', false),
    permanentRedirect: text('permanent-redirect'),
    secureBackend: text('backend-protocol').toUpperCase() === 'HTTPS',
    allowed: sources === '' ? [] : sources.split(',').flatMap((one) => range(one.trim()) ?? []),
    readTimeout: Number(text('proxy-read-timeout')) || 60,
    canary,
  };
}

function range(text: string): Prefix | undefined {
  const address = parseIPv4(text);
  return address === undefined ? parsePrefix(text) : { network: address, bits: 32 };
}

/** Annotations of ingress-nginx that sim-core does not simulate, and that would change what a client sees. */
export function unsupported(all: Readonly<Record<string, string>>): string[] {
  return Object.keys(all).filter((name) => {
    if (!name.startsWith(PREFIX)) return false;
    const own = name.slice(PREFIX.length);
    return !KNOWN.has(own) && !HARMLESS.test(own);
  });
}
