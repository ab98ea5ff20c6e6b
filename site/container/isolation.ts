/** The pages that are served with cross-origin isolation: those that offer a container. `_headers` and docs/deploy.md say the same; a test holds them to it. */
export const ISOLATED_PATHS = /^\/(en|ko)\/(build-your-own|exercises\/build-your-own|playground)(\/|$)/;

/** What a learner's choice adds to the address of any other page with a workspace. */
export const CHOICE = { name: 'runtime', value: 'container' } as const;

/** What makes a page isolated. `require-corp`, since not every browser knows `credentialless`. */
export const ISOLATION_HEADERS = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
} as const;

/** Where the vendor's frames come from. */
export const VENDOR_FRAMES = [
  'https://stackblitz.com',
  'https://*.stackblitz.com',
  'https://*.webcontainer.io',
] as const;

/** Whether the page at an address is isolated. `search` with its question mark. */
export function isIsolated(pathname: string, search: string): boolean {
  return ISOLATED_PATHS.test(pathname) || new URLSearchParams(search).get(CHOICE.name) === CHOICE.value;
}
