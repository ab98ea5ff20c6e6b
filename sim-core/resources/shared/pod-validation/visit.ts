import type { Container, PodSpec } from './types.ts';

/** Every container of a pod with its path: init, regular, ephemeral (VisitContainersWithPath). */
export function* containersOf(spec: PodSpec, at: string): Generator<readonly [Container, string]> {
  for (const field of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    for (const [index, container] of (spec[field] ?? []).entries())
      yield [container as Container, `${at}.${field}[${index}]`] as const;
  }
}
