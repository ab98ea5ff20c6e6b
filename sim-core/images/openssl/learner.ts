/** What the learner's own computer takes of openssl, loaded as one. */
export { privateKeyOf } from './keys.ts';
export { keyWanted, openssl, readsInput } from './openssl.ts';
export { machineOf } from './surroundings.ts';
