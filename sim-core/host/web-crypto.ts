import type { WebCrypto } from '../shell/shell-host.ts';

/** The host's Web Cryptography: pages and Node both have it, under types of their own. */
export const webCrypto = globalThis.crypto as unknown as WebCrypto;
