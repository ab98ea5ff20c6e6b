import type * as CoreV1 from 'kubernetes-types/core/v1';
import { type ErrorList, invalid } from '../../../api/field-error.ts';
import type { ObjectMeta } from '../../../api/objects.ts';
import { CHECKS, type Violation } from './checks.ts';

export type Level = 'privileged' | 'baseline' | 'restricted';
const LEVELS: readonly string[] = ['privileged', 'baseline', 'restricted'];
const PREFIX = 'pod-security.kubernetes.io/';

/** A level, and the version of Kubernetes whose standard is meant. */
export interface LevelVersion {
  readonly level: Level;
  readonly version: string;
}

/** What a namespace asks of pods (api.Policy). */
export interface Policy {
  readonly enforce: LevelVersion;
  readonly audit: LevelVersion;
  readonly warn: LevelVersion;
}

const PRIVILEGED: LevelVersion = { level: 'privileged', version: 'latest' };
export const NO_POLICY: Policy = { enforce: PRIVILEGED, audit: PRIVILEGED, warn: PRIVILEGED };

/** `restricted:latest` */
export function levelText({ level, version }: LevelVersion): string {
  return `${level}:${version}`;
}

/**
 * The policy that a namespace's labels ask for, and what is wrong with them (api.PolicyToEvaluate). A level that is not known enforces the
 * strictest, and warns of nothing.
 */
export function policyOf(labels: Readonly<Record<string, string>> = {}): { policy: Policy; errors: ErrorList } {
  const errors: ErrorList = [];
  const read = (mode: string, fallback: Level): LevelVersion => {
    let level: Level = 'privileged';
    let version = 'latest';
    const asked = labels[`${PREFIX}${mode}`];
    if (asked !== undefined) {
      if (LEVELS.includes(asked)) level = asked as Level;
      else {
        level = fallback;
        errors.push(invalid(`metadata.labels[${PREFIX}${mode}]`, asked, `must be one of ${LEVELS.join(', ')}`));
      }
    }
    const pinned = labels[`${PREFIX}${mode}-version`];
    if (pinned !== undefined) {
      if (pinned === 'latest' || /^v1\.(0|[1-9][0-9]*)$/.test(pinned)) version = pinned;
      else errors.push(invalid(`metadata.labels[${PREFIX}${mode}-version]`, pinned, 'must be "latest" or "v1.x"'));
    }
    return { level, version };
  };
  const enforce = read('enforce', 'restricted');
  const audit = read('audit', 'privileged');
  const given = read('warn', 'privileged');
  // Who enforces without saying what to warn of is warned of the same, for what enforcement does not look at.
  const warn = labels[`${PREFIX}warn`] === undefined && labels[`${PREFIX}enforce`] !== undefined ? enforce : given;
  return { policy: { enforce, audit, warn }, errors };
}

/** What of a pod goes against a level, in upstream's order (policy.Evaluator.EvaluatePod). */
export function violations({ level }: LevelVersion, spec: CoreV1.PodSpec, metadata: Partial<ObjectMeta>): Violation[] {
  if (level === 'privileged') return [];
  const windows = spec.os?.name === 'windows';
  const applying = CHECKS.filter((check) => level === 'restricted' || check.level === 'baseline');
  const overridden = new Set(applying.map(({ overrides }) => overrides));
  return applying.flatMap((check) => {
    if (overridden.has(check.id) || (windows && check.linuxOnly === true)) return [];
    const found = check.check(spec, metadata);
    return found === undefined ? [] : [found];
  });
}

/** AggregateCheckResult.ForbiddenDetail */
export function detailText(found: readonly Violation[]): string {
  return found.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ');
}

/** AggregateCheckResult.ForbiddenReason */
export function reasonText(found: readonly Violation[]): string {
  return found.map(({ reason }) => reason).join(', ');
}
