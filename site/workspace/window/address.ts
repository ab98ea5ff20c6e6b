/** Where a page of the simulated network lies. */
export interface PageAddress {
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
  /** With its query; without a fragment. */
  readonly path: string;
}

/** Reads what a person types into the address bar: `shop.example.com`, `10.0.0.11:30080/cart`, `https://…`. `undefined`: no address. */
export function parseAddress(text: string): PageAddress | undefined {
  const trimmed = text.trim();
  const whole = /^https?:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`;
  if (trimmed === '' || /^[a-z][a-z0-9+.-]*:(?!\d)/i.test(trimmed) !== /^https?:/i.test(trimmed)) return undefined;
  return fromUrl(whole);
}

/** Where a link of a page leads; `undefined` when it leaves the simulated network's kinds of address (`mailto:`, `javascript:`). */
export function follow(from: PageAddress, link: string): PageAddress | undefined {
  return fromUrl(link, addressText(from));
}

function fromUrl(text: string, base?: string): PageAddress | undefined {
  let url: URL;
  try {
    url = new URL(text, base);
  } catch {
    return undefined;
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  const tls = url.protocol === 'https:';
  const port = url.port === '' ? (tls ? 443 : 80) : Number(url.port);
  return { tls, host: url.hostname.replace(/^\[|\]$/g, ''), port, path: `${url.pathname}${url.search}` };
}

export function addressText({ tls, host, port, path }: PageAddress): string {
  const usual = port === (tls ? 443 : 80);
  return `${tls ? 'https' : 'http'}://${host}${usual ? '' : `:${port}`}${path}`;
}
