import { DEFAULT_PATH, type ImageRepository, layer } from './image.ts';
import { parseReference } from './reference.ts';

/** An image that somebody built on another one, as a Dockerfile says it: files (scripts among them), and what runs. */
export interface OwnImage {
  /** As manifests name it, with its tag: `registry.k8s.io/shop/teller:1.0`. */
  readonly image: string;
  /** An image of the catalog: `busybox:1.36`. */
  readonly from: string;
  /** By absolute path. A text that begins with `#!` can be run. */
  readonly files?: Readonly<Record<string, string>>;
  /** In the place of what the other one runs. */
  readonly command?: readonly string[];
  /** Beside the other one's. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Repositories of such images, beside those of the catalog that they stand on. Throws when there is no image to stand on. */
export function ownRepositories(
  own: readonly OwnImage[],
  catalog: readonly ImageRepository[],
): readonly ImageRepository[] {
  return own.map(({ image, from, files = {}, command, env }) => {
    const { host, path, tag = 'latest' } = parseReference(image);
    const base = parseReference(from);
    const release = catalog
      .find(({ name }) => name === `${base.host}/${base.path}`)
      ?.releases.find(({ tags }) => tags.includes(base.tag ?? 'latest'));
    if (release === undefined) throw new Error(`${image} is built from ${from}, which is no image of the catalog`);
    const size = Object.values(files).reduce((sum, text) => sum + text.length, 0);
    const built = {
      ...release,
      tags: [tag],
      layers: [...release.layers, layer(`own ${image} ${JSON.stringify(files)}`, size / 1_000_000, { files })],
      ...(command === undefined ? {} : { entrypoint: [], command }),
      ...(env === undefined ? {} : { env: { PATH: DEFAULT_PATH, ...release.env, ...env } }),
    };
    return { name: `${host}/${path}`, releases: [built] };
  });
}
