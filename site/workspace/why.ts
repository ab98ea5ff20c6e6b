import type {} from '../../sim-core/apiserver/request.ts';
import type {} from '../../sim-core/apiserver/watch-cache.ts';
import type {} from '../../sim-core/client/work-queue.ts';
import type { TraceEvent, TraceEventMap, TraceKind } from '../../sim-core/engine/index.ts';
import type {} from '../../sim-core/node/cri/trace.ts';
import type {} from '../../sim-core/node/kubelet/trace.ts';
import type {} from '../../sim-core/scheduler/scheduler.ts';
import type {} from '../../sim-core/store/store.ts';
import type { Strings } from '../i18n/index.ts';
import { placeOf } from './journey.ts';

/**
 * A chain of causes (nearest first) as sentences. Steps that only pass the news on are left out where the next one says the same.
 * `command` knows the command line from which a request of the learner's came.
 */
export function whySentences(
  chain: readonly TraceEvent[],
  command: (id: number) => string | undefined,
  t: Strings['workspace'],
): string[] {
  const sentences: string[] = [];
  for (const [index, event] of chain.entries()) {
    // A request says what was stored; that it was stored is the same news.
    if (event.kind === 'revision' && chain[index + 1]?.kind === 'request' && index > 0) continue;
    if (event.kind === 'watch') continue;
    const stored = chain[index - 1];
    const key = stored?.kind === 'revision' ? (stored.data as Data<'revision'>).key : undefined;
    sentences.push(sentenceOf(event, key, command, t));
  }
  return sentences;
}

type Data<K extends TraceKind> = TraceEventMap[K];

function sentenceOf(
  event: TraceEvent,
  /** The key under which what a request made was stored: a create request need not name it. */
  key: string | undefined,
  command: (id: number) => string | undefined,
  t: Strings['workspace'],
): string {
  const { why } = t;
  const who = nameOf(event.actor);
  switch (event.kind) {
    case 'request': {
      const { verb, resource, subresource, name } = event.data as Data<'request'>;
      const verbWord = Object.hasOwn(why.verbs, verb) ? why.verbs[verb as keyof typeof why.verbs] : verb;
      const what = [resource.split('.')[0], key ?? name, subresource === undefined ? '' : `(${subresource})`]
        .filter((part) => part !== undefined && part !== '')
        .join(' ');
      if (placeOf(event.actor) !== 'you') return why.request(who, verbWord, what);
      const line = command(event.id);
      return line === undefined ? why.youRequest(verbWord, what) : why.you(line);
    }
    case 'revision': {
      const { type, table, key, revision } = event.data as Data<'revision'>;
      const what = `${table.split('.')[0]} ${key}`;
      return type === 'DELETED' ? why.removed(what, String(revision)) : why.stored(what, String(revision));
    }
    case 'watch': {
      const { table, key } = event.data as Data<'watch'>;
      return why.heard(who, `${table.split('.')[0]} ${key}`);
    }
    case 'reconcile':
      return why.reconciled(who, (event.data as Data<'reconcile'>).key);
    case 'schedule': {
      const { pod, node } = event.data as Data<'schedule'>;
      return node === undefined ? why.notScheduled(pod) : why.scheduled(pod, node);
    }
    case 'podSync':
    case 'podStatus':
      return why.synced(event.actor, (event.data as Data<'podSync'>).pod);
    case 'cri': {
      const { name, container, image, pod } = event.data as Data<'cri'>;
      return why.container(event.actor, name, container ?? image ?? pod ?? '');
    }
    case 'nodeFault': {
      const { node, fault } = event.data as Data<'nodeFault'>;
      return why.fault(`${node} ${fault}`);
    }
    case 'input':
      return why.fault((event.data as Data<'input'>).summary);
    default:
      return why.other(event.actor, event.kind);
  }
}

/** `kube-controller-manager/replicaset-controller` is the replicaset-controller; `kubelet/worker-1` stays as it is. */
function nameOf(actor: string): string {
  const [program = '', part] = actor.split('/');
  return program === 'kube-controller-manager' && part !== undefined ? part : actor;
}
