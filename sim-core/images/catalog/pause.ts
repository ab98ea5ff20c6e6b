import { type Coroutine, suspend } from '../../engine/index.ts';
import { type ImageRepository, layer } from '../image.ts';
import type { Process } from '../process.ts';

/** Waits to be told to stop. */
function* pauseProgram(process: Process): Coroutine<number> {
  return yield* suspend<number>((resume) => {
    process.onSignal('SIGINT', () => resume(0));
    process.onSignal('SIGTERM', () => resume(0));
    return undefined;
  });
}

/** The container that holds a pod's sandbox together. */
export const pause: ImageRepository = {
  name: 'registry.k8s.io/pause',
  releases: ['3.10', '3.9'].map((tag) => ({
    tags: tag === '3.10' ? [tag, 'latest'] : [tag],
    layers: [layer(`pause ${tag}`, 0.3)],
    entrypoint: ['/pause'],
    user: 65_535,
    programs: { '/pause': pauseProgram },
  })),
};
