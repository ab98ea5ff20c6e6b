/** How components talk to the API server, and the parts that all of them are made of. */
export * from './client.ts';
export * from './event-recorder.ts';
export * from './informer.ts';
export * from './label-names.ts';
export * from './service-index.ts';
export * from './work-queue.ts';
