import { formatIPv4, formatPrefix, type IPv4, maskOf } from './ipv4.ts';
import { Revision } from './revision.ts';

/** A route, as `ip route` shows it. */
export interface Route {
  readonly network: IPv4;
  /** Prefix length; 0 is the default route. */
  readonly bits: number;
  /** `blackhole` drops silently what no longer route takes. */
  readonly kind?: 'unicast' | 'blackhole';
  /** Next hop; absent when the destination is on the link itself. */
  readonly via?: IPv4;
  readonly device: string;
  /** Preferred source address. */
  readonly source?: IPv4;
  /** Who made it: `kernel` with an address, `bird` Calico's BGP daemon; absent: by hand (boot). */
  readonly protocol?: 'kernel' | 'bird' | 'static';
  readonly onLink?: boolean;
}

/** Above this many routes, look-ups go through an index by prefix length. */
const SMALL = 8;

/** The main routing table of a network namespace: the longest matching prefix wins. */
export class RouteTable {
  /** Longest prefix first. */
  private list: Route[] = [];
  private index: { bits: number; mask: number; routes: Map<IPv4, Route> }[] | undefined;
  private readonly revision: Revision;

  constructor(revision = new Revision()) {
    this.revision = revision;
  }

  get routes(): readonly Route[] {
    return this.list;
  }

  /** Adds a route, or replaces the one to the same network (`ip route replace`). */
  replace(route: Route): void {
    const at = this.list.findIndex(({ network, bits }) => network === route.network && bits === route.bits);
    if (at >= 0) this.list[at] = route;
    else {
      const place = this.list.findIndex(({ bits }) => bits < route.bits);
      const before = place < 0 ? this.list.length : place;
      // A new list of just the right size: there are thousands of pods with two routes each.
      this.list = this.list.slice(0, before).concat([route], this.list.slice(before));
    }
    this.changed();
  }

  /** Removes the route to a network. Answers whether there was one. */
  delete(network: IPv4, bits: number): boolean {
    const at = this.list.findIndex((route) => route.network === network && route.bits === bits);
    if (at < 0) return false;
    this.list.splice(at, 1);
    this.changed();
    return true;
  }

  /** Removes all routes through a device: it went away. */
  deleteDevice(device: string): void {
    this.list = this.list.filter((route) => route.device !== device);
    this.changed();
  }

  private changed(): void {
    this.index = undefined;
    this.revision.changed();
  }

  lookup(address: IPv4): Route | undefined {
    if (this.list.length <= SMALL) {
      for (const route of this.list) if ((address & maskOf(route.bits)) >>> 0 === route.network) return route;
      return undefined;
    }
    for (const { mask, routes } of this.indexed()) {
      const route = routes.get((address & mask) >>> 0);
      if (route !== undefined) return route;
    }
    return undefined;
  }

  private indexed() {
    if (this.index === undefined) {
      this.index = [];
      for (const route of this.list) {
        let level = this.index.at(-1);
        if (level?.bits !== route.bits) {
          level = { bits: route.bits, mask: maskOf(route.bits), routes: new Map() };
          this.index.push(level);
        }
        level.routes.set(route.network, route);
      }
    }
    return this.index;
  }
}

const texts = new WeakMap<Route, string>();

/** A route as `ip route show` prints it, without the trailing blank. */
export function routeText(route: Route): string {
  let text = texts.get(route);
  if (text === undefined) {
    text = printed(route);
    texts.set(route, text);
  }
  return text;
}

function printed(route: Route): string {
  const words: string[] = [];
  if (route.kind === 'blackhole') words.push('blackhole');
  words.push(route.bits === 0 ? 'default' : route.bits === 32 ? formatIPv4(route.network) : formatPrefix(route));
  if (route.via !== undefined) words.push('via', formatIPv4(route.via));
  if (route.kind !== 'blackhole') words.push('dev', route.device);
  if (route.protocol !== undefined) words.push('proto', route.protocol);
  if (route.via === undefined && route.kind !== 'blackhole') words.push('scope', 'link');
  if (route.source !== undefined) words.push('src', formatIPv4(route.source));
  if (route.onLink === true) words.push('onlink');
  return words.join(' ');
}
