import type { Status } from '../api/status.ts';
import { type Engine, MILLISECOND } from '../engine/index.ts';

/** Between two looks for an account that is on its way, and how many looks there are (serviceaccount admission's getServiceAccount). */
const INTERVAL = 100 * MILLISECOND;
const LOOKS = 10;

const NO_ACCOUNT_YET = /: error looking up service account [^/]+\/default: serviceaccount "default" not found$/;

/**
 * A namespace's account `default` comes a moment after the namespace, and until then it takes no pods. Upstream's admission sleeps and looks
 * again; this server answers within one event, so whoever hands it requests from outside lets the time pass: `attempt` makes the request and
 * says how it was refused, if it was, and `done` hears once when its last answer stands.
 */
export function waitForAccount(
  engine: Engine,
  attempt: () => Status | undefined,
  done: () => void,
  looks = LOOKS,
): void {
  const refusal = attempt();
  if (looks <= 1 || refusal?.code !== 403 || !NO_ACCOUNT_YET.test(refusal.message ?? '')) done();
  else engine.after(INTERVAL, () => waitForAccount(engine, attempt, done, looks - 1), 'work');
}
