import type { Strings } from '../../i18n/index.ts';
import type { ClusterLayout } from '../layout.ts';

/** What every part of a cluster map needs to know of the whole. */
export interface MapMarks {
  readonly layout: ClusterLayout;
  readonly t: Strings['workspace'];
  /** Uid of what is pointed at, or else chosen. */
  readonly lit: string | undefined;
  /** Uid of what is chosen. */
  readonly selected: string | undefined;
  /** Uids of the pods that belong to what is lit. */
  readonly kin: ReadonlySet<string>;
  /** Places between which something travels now. */
  readonly busy: ReadonlySet<string>;
  /** Id of the pattern for what has failed. */
  readonly hatch: string;
  /** Attributes of what can be chosen. */
  readonly attributes: (uid: string) => Record<string, unknown>;
}

/** As much of a text as has room. */
export function short(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, Math.max(1, most - 1))}…` : text;
}
