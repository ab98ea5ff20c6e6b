import type { ApiObject } from './api.ts';
import type { Context } from './command.ts';
import { resourcePath } from './discovery.ts';
import { isNotFound, KubectlError, StatusError } from './errors.ts';
import type { Info } from './resource-builder.ts';

export function timedOut(info: Info): KubectlError {
  return new KubectlError(`timed out waiting for the condition on ${info.mapping.resource}/${info.name}`);
}

/** A signal that fires after some milliseconds, on the environment's clock, and whose timer can be called off. */
export function deadline(context: Context, milliseconds: number): { signal: AbortSignal; cancel(): void } {
  const timer = new AbortController();
  const stop = new AbortController();
  context.env.sleep(milliseconds, stop.signal).then(
    () => timer.abort(),
    () => {},
  );
  context.env.signal?.addEventListener('abort', () => timer.abort(), { once: true });
  return { signal: timer.signal, cancel: () => stop.abort() };
}

/** Waits until one object is gone (or has come again with another UID). */
async function waitForOne(context: Context, info: Info, uid: string, until: AbortSignal): Promise<void> {
  const api = await context.api();
  const path = resourcePath(info.mapping, info.namespace, undefined);
  const fieldSelector = `metadata.name=${info.name}`;
  for (;;) {
    if (until.aborted) throw timedOut(info);
    const list = await api.get(path, { query: { fieldSelector } });
    const [object] = (list.items ?? []) as ApiObject[];
    if (object === undefined || (uid !== '' && object.metadata.uid !== uid)) return;
    const end = await api.watch(
      path,
      { query: { watch: 'true', fieldSelector, resourceVersion: list.metadata?.resourceVersion } },
      (event) => {
        if (event.type === 'ERROR') throw new StatusError(event.object as StatusError['status']);
        return event.type === 'DELETED' ? true : undefined;
      },
      until,
    );
    if (end === 'done') return;
  }
}

/** Waits until objects are gone; the time-out is for all of them together. */
export async function waitForDeletion(
  context: Context,
  targets: readonly { info: Info; uid: string }[],
  timeout: number,
): Promise<void> {
  const { signal, cancel } = deadline(context, timeout);
  try {
    for (const { info, uid } of targets)
      await waitForOne(context, info, uid, signal).catch((error: unknown) => {
        // A kind that is gone took its objects along.
        if (!isNotFound(error)) throw error;
      });
  } finally {
    cancel();
  }
}
