import type { ImageRepository } from '../images/image.ts';
import { type OwnImage, ownRepositories } from '../images/own-image.ts';
import { programPack } from './packs.ts';

/** Images that no cluster needs in order to start: the catalog's, and those that the options of this one bring. */
export function lateImages(own: readonly OwnImage[] = []): readonly ImageRepository[] {
  const { LATE_CATALOG } = programPack();
  return [...LATE_CATALOG, ...ownRepositories(own, LATE_CATALOG)];
}
