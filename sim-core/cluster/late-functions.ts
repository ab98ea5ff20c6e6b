/**
 * Functions whose bodies come with a page's second script. The build of the page puts them there: all that no cluster has run by the time when it
 * is up (scripts/site/late). Everywhere else every function is where it is written, and this list is empty.
 */
type LateFunction = (this: unknown, ...given: never[]) => unknown;

/** How many there are: the build writes it here. */
const AWAITED: number = 0;

let missed: string | undefined;

/** In the place of one that has not come yet: the cluster that called it is spoilt, and is made again when it has. */
const notYet: LateFunction = () => {
  const error = new Error('this part of the simulator has not been loaded');
  missed ??= error.stack ?? error.message;
  throw error;
};

export const lateFunctions: LateFunction[] = new Array<LateFunction>(AWAITED).fill(notYet);

/** Whether all are there. */
export function hasLateFunctions(): boolean {
  return !lateFunctions.includes(notYet);
}

/** Where one was called before it was there: undefined, if none was. */
export function missedLateFunction(): string | undefined {
  return missed;
}
