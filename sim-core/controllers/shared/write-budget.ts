import { type Engine, type Micros, SECOND } from '../../engine/index.ts';

/** `--kube-api-burst` and `--kube-api-qps` of kube-controller-manager: each controller's client has a bucket of its own. */
const BURST = 30;
const PER_SECOND = 20;

/**
 * The rate limit of a controller's client (flowcontrol.NewTokenBucketRateLimiter), for what it writes again and again while pods come and go:
 * statuses, endpoints. What changes while a write has to wait is written with it.
 */
export class WriteBudget {
  private readonly engine: Engine;
  private tokens = BURST;
  private at: Micros;

  constructor(engine: Engine) {
    this.engine = engine;
    this.at = engine.now;
  }

  /** So many requests are made; answers how long the last of them would have had to wait, in microseconds. */
  spend(requests: number): Micros {
    const { now } = this.engine;
    this.tokens = Math.min(BURST, this.tokens + ((now - this.at) * PER_SECOND) / SECOND) - requests;
    this.at = now;
    return this.tokens >= 0 ? 0 : Math.ceil((-this.tokens * SECOND) / PER_SECOND);
  }
}
