import { type Handle, MAX_NODE_SCORE, type Plugin } from '../framework.ts';
import { skip } from '../status.ts';

const MIB = 1024 * 1024;
/** Bytes of images below which they do not count, for each container. */
const MIN_THRESHOLD = 23 * MIB;
/** Bytes per container above which more does not count. */
const MAX_CONTAINER_THRESHOLD = 1000 * MIB;

/** Prefers nodes that already hold the pod's images, the more so the larger the images are and the more nodes hold them. */
export function imageLocality({ snapshot }: Handle): Plugin {
  return {
    name: 'ImageLocality',
    preScore(_state, { pod }) {
      const { containers, initContainers = [] } = pod.spec;
      const known = ({ image = '' }: { image?: string }) => snapshot.nodesWithImage(taggedName(image)) > 0;
      return containers.some(known) || initContainers.some(known) ? undefined : skip;
    },
    score(_state, { pod }, node) {
      const { containers, initContainers = [] } = pod.spec;
      let sum = 0;
      for (const list of [initContainers, containers]) {
        for (const { image = '' } of list) {
          const name = taggedName(image);
          const size = node.images.get(name);
          if (size !== undefined) sum += Math.trunc(size * (snapshot.nodesWithImage(name) / snapshot.nodes.length));
        }
      }
      const max = MAX_CONTAINER_THRESHOLD * (containers.length + initContainers.length);
      const counted = Math.min(Math.max(sum, MIN_THRESHOLD), max);
      return Math.trunc((MAX_NODE_SCORE * (counted - MIN_THRESHOLD)) / (max - MIN_THRESHOLD));
    },
  };
}

/** The name with `:latest` when it has neither tag nor digest. */
function taggedName(image: string): string {
  return image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image;
}
