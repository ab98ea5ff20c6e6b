import { approval } from './approval.ts';
import { binding } from './binding.ts';
import { ephemeralContainers } from './ephemeral-containers.ts';
import { eviction } from './eviction.ts';
import { finalize } from './finalize.ts';
import { resize } from './resize.ts';
import { scale } from './scale.ts';
import { status } from './status.ts';
import type { Subresource } from './subresource.ts';
import { token } from './token.ts';

export type { Subresource } from './subresource.ts';

/** Every subresource that answers at once, by name. */
export const subresources: readonly Subresource[] = [
  status,
  approval,
  scale,
  binding,
  eviction,
  finalize,
  ephemeralContainers,
  resize,
  token,
];

export function builtInSubresources(): ReadonlyMap<string, Subresource> {
  return new Map(subresources.map((subresource) => [subresource.name, subresource]));
}
