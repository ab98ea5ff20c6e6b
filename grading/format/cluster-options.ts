import type { ClusterOptions } from '../../sim-core/cluster/cluster.ts';
import type { Exercise } from './exercise.ts';

/**
 * Options of an exercise's cluster for a learner's seed. Setup, incidents and visitors are part of them, so that a log needs no more than its
 * inputs. The exercise must be instantiated for that seed.
 */
export function clusterOptions({ cluster }: Exercise, seed: number): ClusterOptions {
  const { preset, setup, programs = [], incidents = [], visitors = [] } = cluster;
  return {
    preset,
    seed,
    setup,
    ...(programs.length === 0 ? {} : { images: programs }),
    ...(incidents.length === 0 ? {} : { incidents }),
    ...(visitors.length === 0 ? {} : { visitors }),
  };
}
