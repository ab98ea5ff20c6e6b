import type { Strings } from '../i18n/index.ts';
import { type ClusterView, type PodView, podsOfView } from './view.ts';

/** What there is to tell of the learner's pods, in a few sentences. */
export function newsBetween(before: ClusterView, after: ClusterView, t: Strings['workspace']): string[] {
  const [old, now] = [ownPods(before), ownPods(after)];
  const news: string[] = [];
  for (const [uid, pod] of now) {
    const was = old.get(uid);
    if (was === undefined) news.push(t.news.created(pod.name));
    else if (was.node === undefined && pod.node !== undefined) news.push(t.news.placed(pod.name, pod.node));
    else if (was.state !== pod.state) news.push(t.news.became(pod.name, stateOf(pod, t)));
  }
  for (const [uid, pod] of old) if (!now.has(uid)) news.push(t.news.gone(pod.name));
  if (news.length <= 3) return news;
  const ready = [...now.values()].filter(({ state }) => state === 'ready').length;
  return [t.news.many(news.length), t.news.summary(ready, now.size)];
}

function stateOf(pod: PodView, t: Strings['workspace']): string {
  return pod.state === 'failed' ? `${t.states.failed} (${pod.word})` : t.states[pod.state];
}

function ownPods(view: ClusterView): Map<string, PodView> {
  const system = new Set(
    [...view.nodes, ...(view.controlPlane === undefined ? [] : [view.controlPlane])].flatMap((node) =>
      node.systemPods.map(({ uid }) => uid),
    ),
  );
  return new Map([...podsOfView(view)].filter(([uid]) => !system.has(uid)));
}
