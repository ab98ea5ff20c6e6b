import type { Pod } from '../../api/objects.ts';
import { type LabelSelector, parseLabelSelector } from '../../api/selector.ts';

/** Which pods each autoscaler works on, as far as it has looked (BiMultimap of pods and hpaSelectors). */
export class TargetSelectors {
  private readonly known = new Map<string, { readonly namespace: string; readonly selector: LabelSelector }>();

  forget(key: string): void {
    this.known.delete(key);
  }

  /** Takes note of the selector of an autoscaler's target, and reads it. */
  take(key: string, namespace: string, text: string): LabelSelector {
    const selector = parseLabelSelector(text);
    this.known.set(key, { namespace, selector });
    return selector;
  }

  /** The autoscalers that would work on any of the pods (hpasControllingPodsUnderSelector), by name. */
  ofAny(pods: readonly Pod[]): string[] {
    const keys: string[] = [];
    for (const [key, { namespace, selector }] of this.known)
      if (pods.some(({ metadata }) => metadata.namespace === namespace && selector.matches(metadata.labels)))
        keys.push(key);
    return keys.sort();
  }
}
