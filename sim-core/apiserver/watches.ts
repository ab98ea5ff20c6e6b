import type { AnyObject } from '../api/objects.ts';
import { badRequest, expired } from '../api/status.ts';
import { groupVersion } from '../resources/resource.ts';
import type { ApiRequest } from './request.ts';
import { present, presents, type ResourceStorage, tableOf, type WatchHandle } from './resource-storage.ts';
import { compileSelection } from './selection.ts';
import type { WatchEvent } from './watch-cache.ts';

/** The annotation on the bookmark that ends a watch list's initial events (metav1.InitialEventsAnnotationKey). */
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/**
 * WATCH. From a resourceVersion, changes after it; without one (or from "0"), first the objects as they are, as ADDED events,
 * then changes. With `sendInitialEvents`, a bookmark says where the initial ones end.
 */
export function openWatch(
  storage: ResourceStorage,
  request: ApiRequest,
  onEvent: (event: WatchEvent, revision: number) => void,
  onEnd: () => void,
): WatchHandle {
  const { store, watchCache, engine } = storage.server;
  const { target, options, namespace } = request;
  const selection = compileSelection(request);
  const asked = options.resourceVersion ?? '';
  const initial = options.sendInitialEvents ?? (asked === '' || asked === '0');
  const since = initial ? watchCache.deliveredRevision : Number(asked === '' ? watchCache.deliveredRevision : asked);
  if (!Number.isSafeInteger(since) || since < 0)
    throw badRequest(`Invalid value: "${asked}": strconv.ParseUint: parsing "${asked}": invalid syntax`);
  if (since < store.compactedRevision)
    throw expired(`too old resource version: ${since} (${store.compactedRevision + 1})`);

  const converts = presents(target);
  let closed = false;
  const send = (event: WatchEvent, revision: number) => {
    if (closed) return;
    onEvent(converts ? { type: event.type, object: present(target, event.object) } : event, revision);
  };
  let stop = () => {};
  const follow = (from: number) => {
    stop = watchCache.watch({
      table: tableOf(target),
      actor: request.userAgent,
      since: from,
      filter: {
        ...(namespace === undefined ? {} : { namespace }),
        ...(selection.exact === undefined ? {} : { exact: selection.exact }),
        ...(selection.narrows ? { matches: selection.matches } : {}),
      },
      handle: send,
    });
  };
  if (initial) {
    // What is there now, told in an event of its own; changes follow from the same revision on.
    engine.after(0, () => {
      if (closed) return;
      const { revision } = store;
      const prefix = namespace === undefined ? '' : `${namespace}/`;
      for (const object of store.list(tableOf(target), prefix)) {
        if (selection.matches(object)) send({ type: 'ADDED', object }, Number(object.metadata.resourceVersion));
      }
      if (options.sendInitialEvents === true && !closed) onEvent(bookmark(request, revision, true), revision);
      follow(revision);
    });
  } else follow(since);
  return {
    close() {
      if (closed) return;
      closed = true;
      stop();
      onEnd();
    },
  };
}

/** An event that says only how far the watch has come. */
export function bookmark(request: ApiRequest, revision: number, initialEventsEnd: boolean): WatchEvent {
  const { target } = request;
  const metadata = {
    name: '',
    uid: '',
    creationTimestamp: null as unknown as string,
    resourceVersion: String(revision),
    ...(initialEventsEnd ? { annotations: { [INITIAL_EVENTS_END]: 'true' } } : {}),
  };
  const object: AnyObject = { apiVersion: groupVersion(target), kind: target.kind, metadata };
  return { type: 'BOOKMARK', object };
}
