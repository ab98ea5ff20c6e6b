import type { StandingAnswer } from '../images/process.ts';
import type { NetworkNamespace } from './namespace.ts';
import type { Passage } from './passage.ts';

/**
 * An HTTP exchange that a probe makes again and again: while neither the way there nor the answer changes, making it once more comes down
 * to what it leaves behind. Nobody can tell it from one that is made in full.
 */
export class StandingExchange {
  readonly namespace: NetworkNamespace;
  readonly passage: Passage;
  readonly answer: StandingAnswer;

  constructor(namespace: NetworkNamespace, passage: Passage, answer: StandingAnswer) {
    this.namespace = namespace;
    this.passage = passage;
    passage.arrived();
    this.answer = answer;
  }

  /** Makes it once more. Answers false, having done nothing, when it must be made in full: something has changed, or somebody watches. */
  again(): boolean {
    const { namespace, passage, answer } = this;
    const { fabric } = namespace;
    if (fabric.taps > 0 || fabric.nextTraced || !passage.holds() || !answer.holds()) return false;
    const port = namespace.ephemeralPort();
    fabric.untraced(1);
    passage.again(port, fabric.engine.now);
    answer.again();
    return true;
  }
}
