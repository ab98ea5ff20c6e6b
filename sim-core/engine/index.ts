/** The engine: virtual clock, seeded chance, events in order, coroutines, and the trace of what led to what. */
export * from './coroutine.ts';
export * from './engine.ts';
export type { Timer, TimerKind } from './event-queue.ts';
export { flat } from './flat.ts';
export { fnv32a } from './hash.ts';
export { RandomStream } from './random.ts';
export { SmallMap } from './small-map.ts';
export * from './time.ts';
export * from './trace.ts';
