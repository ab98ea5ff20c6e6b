import { decodeUtf8 } from '../../sim-core/api/utf8.ts';

/**
 * A library that parses shell scripts makes a TextDecoder when it is loaded. QuickJS has none: it gets ours, which knows what is
 * asked of it here.
 */
class Utf8Decoder {
  decode(bytes: Uint8Array): string {
    return decodeUtf8(bytes);
  }
}

if (typeof globalThis.TextDecoder === 'undefined') {
  Object.assign(globalThis, { TextDecoder: Utf8Decoder });
}
