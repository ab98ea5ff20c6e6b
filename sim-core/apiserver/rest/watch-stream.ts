import type { RestStream, StreamHandler } from '../../client/rest.ts';
import type { ApiRequest } from '../request.ts';
import type { ApiServer } from '../server.ts';
import type { WatchEvent } from '../watch-cache.ts';
import { bookmark } from '../watches.ts';
import { headersWith, partialMetadata } from './answers.ts';
import { type Accepted, includeObject } from './negotiation.ts';
import type { ParsedUrl } from './path.ts';
import { tableOf } from './table.ts';

/** How often a watch that asked for bookmarks is told how far it has come. */
const BOOKMARK_PERIOD = 60_000_000;

/** Sends what `read`, a request for a list or an object, sees from now on. */
export function openWatch(
  server: ApiServer,
  read: ApiRequest,
  accepted: Accepted,
  url: ParsedUrl,
  handler: StreamHandler,
): RestStream {
  const call: ApiRequest = { ...read, verb: 'watch' };
  const { engine } = server;
  let withHead = true;
  let last = 0;
  const send = (event: WatchEvent, revision: number) => {
    last = revision;
    const object =
      event.type === 'BOOKMARK' && accepted.as !== 'Table'
        ? event.object
        : watched(server, call, event, accepted, url, withHead);
    withHead = false;
    handler.chunk({ kind: 'watch', event: { type: event.type, object } });
  };
  let opened = false;
  const handle = server.watch(
    call,
    (event, revision) => opened && send(event, revision),
    () => {
      engine.cancel(timer);
      engine.cancel(beat);
      handler.end();
    },
  );
  handler.head({ status: 200, headers: headersWith(read.warnings), body: undefined });
  opened = true;
  const seconds = Number(url.query.get('timeoutSeconds')?.[0] ?? 0);
  // Without a limit of its own a watch lasts 30 to 60 minutes (--min-request-timeout).
  const lifetime = seconds > 0 ? seconds * 1_000_000 : engine.random('apiserver/watches').jitter(1_800_000_000, 1);
  const timer = engine.background(lifetime, () => handle.close());
  let beat: ReturnType<typeof engine.background> | undefined;
  const bookmarks = () => {
    const revision = Math.max(last, server.watchCache.deliveredRevision);
    send(bookmark(call, revision, false), revision);
    beat = engine.background(BOOKMARK_PERIOD, bookmarks);
  };
  if (call.options.allowWatchBookmarks === true) beat = engine.background(BOOKMARK_PERIOD, bookmarks);
  return { send() {}, closeInput() {}, close: () => handle.close() };
}

function watched(
  server: ApiServer,
  call: ApiRequest,
  { object, type }: WatchEvent,
  accepted: Accepted,
  url: ParsedUrl,
  withHead: boolean,
): unknown {
  const whole = type === 'BOOKMARK' ? object : server.fields.expose(object);
  if (accepted.as === 'PartialObjectMetadata') return partialMetadata(whole);
  if (accepted.as !== 'Table') return whole;
  const metadata = { resourceVersion: object.metadata.resourceVersion };
  const include = includeObject(url.query.get('includeObject')?.[0]);
  return tableOf(call.target, type === 'BOOKMARK' ? [] : [whole], metadata, server.engine.now, include, withHead);
}
