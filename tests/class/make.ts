/** Makes the submissions of a class: everybody goes a recorded way in a shell of their own, and looks around beside it as people do. */
import { instantiate } from '../../grading/format/variants.ts';
import { instantiateWalkthrough, type WalkthroughStep } from '../../grading/load.ts';
import { learnerSeed } from '../../grading/seed.ts';
import { chainOfSubmission, makeSubmission, SUBMISSION_FORMAT, type Submission } from '../../grading/submission.ts';
import { carryOut, startExercise } from '../../grading/walkthrough.ts';
import { RandomStream } from '../../sim-core/engine/random.ts';
import type { LogEntry, SessionLog } from '../../sim-core/host/session.ts';
import { COURSE, type Role } from './cast.ts';

export const OPEN = Date.parse('2026-03-02T00:00:00Z');
export const DUE = Date.parse('2026-03-08T15:00:00Z');
const DAY = 86_400_000;

/** A file that somebody hands in. */
export interface HandedIn {
  readonly role: Role;
  readonly file: string;
  readonly bytes: Uint8Array;
}

const FIELDS = [
  'spec',
  'status',
  'metadata',
  'spec.template',
  'spec.template.spec',
  'metadata.labels',
  'spec.selector',
  'status.conditions',
];
const KINDS = [
  'pods',
  'deployments',
  'services',
  'nodes',
  'events',
  'configmaps',
  'replicasets',
  'secrets',
  'namespaces',
  'endpointslices',
];
const FORMS = [
  '-o wide',
  '-o name',
  '--show-labels',
  '-A',
  '-o yaml',
  '--no-headers',
  '--sort-by=.metadata.name',
  '-A -o wide',
];

/** Looking around: changes nothing, and differs from person to person. */
function looks(random: RandomStream, count: number): string[] {
  return Array.from({ length: count }, () => {
    const pick = (from: readonly string[]) => from[random.below(from.length)]!;
    switch (random.below(5)) {
      case 0:
        return `kubectl explain ${pick(['pod', 'deployment', 'service', 'job', 'node'])}.${pick(FIELDS)}`;
      case 1:
        return `kubectl get ${pick(KINDS)} ${pick(FORMS)} | head -n ${1 + random.below(40)}`;
      case 2:
        return `kubectl get ${pick(KINDS)},${pick(KINDS)} ${pick(FORMS)}`;
      case 3:
        return `echo ${pick(['hm', 'aha', '음', '다시', 'why'])} ${random.below(1000)}`;
      default:
        return `kubectl get ${pick(KINDS)} -A | grep -c ${pick(['a', 'e', 'run', 'web', 'kube', 'o'])}${random.below(60)}`;
    }
  });
}

/** Code of somebody's own, different for each seed; `names` are what identifiers are called. */
function code(random: RandomStream, prefix: string): string {
  const lines = Array.from({ length: 24 }, (_, index) => {
    const name = `${prefix}${index}`;
    const before = `${prefix}${Math.max(0, index - 1 - random.below(3))}`;
    switch (random.below(6)) {
      case 0:
        return `const ${name} = ${before} + ${random.below(900)} * (${random.below(9)} - ${before});`;
      case 1:
        return `if (${before} > ${random.below(99)}) { while (${before} !== ${name}()) ${before}.next(); }`;
      case 2:
        return `function ${name}(a, b) { return a ? b[${random.below(9)}] : [...a, ${before}]; }`;
      case 3:
        return `for (const x of ${before}) { try { x.run(${name}); } catch { continue; } }`;
      case 4:
        return `export class ${name} extends ${before} { go() { return this.at && !this.left; } }`;
      default:
        return `switch (${before}) { case ${random.below(50)}: throw new Error('x'); default: delete ${name}.y; }`;
    }
  });
  return `${lines.join('\n')}\n`;
}

interface Made {
  readonly submission: Submission;
  readonly lines: readonly string[];
}

/** Carries out what a role does. */
export class Workshop {
  private readonly made = new Map<string, Made>();
  private readonly seed: number;
  private readonly engine: string;

  constructor(seed: number, engine: string) {
    this.seed = seed;
    this.engine = engine;
  }

  async handIn(role: Role): Promise<HandedIn> {
    const { trick } = role;
    const folder = `learner_${Number(role.id) - 20_260_000}_assignsubmission_file_`;
    const file = `${folder}/${role.task.exercise.id.replace('/', '-')}.jotasu.json`;
    const source =
      trick !== undefined && 'from' in trick && trick.from !== undefined ? this.made.get(trick.from) : undefined;
    if (trick?.kind === 'junk' || trick?.kind === 'deep') return { role, file, bytes: nothingOfOurs(trick.kind) };
    if (trick?.kind === 'same-file') return { role, file, bytes: encode(source!.submission) };
    const submission =
      trick?.kind === 'same-history' ? await this.submit(role, source!.submission.log) : await this.work(role, source);
    return { role, file, bytes: spoiled(role, submission) };
  }

  private async work(role: Role, source: Made | undefined): Promise<Submission> {
    const { id, task, way, trick } = role;
    const general = task.exercise;
    const seed = learnerSeed(COURSE, general.id, id);
    const exercise = instantiate(general, seed);
    const own = instantiateWalkthrough(way, general, seed);
    const random = new RandomStream(this.seed, `class/${id}`);
    const lines =
      trick?.kind === 'same-commands'
        ? [...source!.lines]
        : looks(random, (trick?.kind === 'faster-than-typing' ? 14 : 5) + random.below(4));
    if (trick?.kind === 'canary') lines.push(`kubectl get pods -l app=${trick.value}`);
    const local = startExercise(exercise, seed);
    const files: Record<string, string> = { ...exercise.files, ...own.files };
    if (trick?.kind === 'code') {
      const author = new RandomStream(this.seed, `class/code/${trick.from ?? id}`);
      files['notes.ts'] = code(author, trick.from === undefined ? 'a' : 'other');
    }
    const pause = (): WalkthroughStep => ({ wait: (200_000 + random.below(3_000_000)) / 1_000_000 });
    // What is timed is not disturbed: who operates or predicts looks around afterwards.
    const before = general.kind === 'do' || general.kind === 'fix' ? 1 : 0;
    const steps = [...lines.slice(0, before), ...own.steps, ...lines.slice(before).flatMap((line) => [pause(), line])];
    await carryOut(local, { steps: before === 1 ? [pause(), ...steps] : steps, files }, exercise.components);
    const log = stamped(local.log(), role, random);
    const submission = await this.submit(role, log);
    this.made.set(id, { submission, lines });
    return submission;
  }

  private async submit({ id, name, locale, task, trick }: Role, log: SessionLog): Promise<Submission> {
    const last = log.entries.at(-1)?.wall ?? OPEN + DAY;
    const savedAt =
      trick?.kind === 'late'
        ? DUE + trick.seconds * 1000
        : trick?.kind === 'clock-back'
          ? OPEN + 4 * DAY
          : last + 60_000;
    const made = await makeSubmission({
      course: COURSE,
      exercise: task.exercise,
      engine: this.engine,
      learner: { id, name },
      locale,
      savedAt: new Date(savedAt).toISOString(),
      log,
      files: filesOf(log),
    });
    return made.submission;
  }
}

/** The learner's files as the log leaves them. */
function filesOf({ entries }: SessionLog): Record<string, string> {
  const files = new Map<string, string>();
  for (const { input } of entries) {
    if (input.type !== 'file') continue;
    if (input.content === null) files.delete(input.path);
    else files.set(input.path, input.content);
  }
  return Object.fromEntries(files);
}

/** Puts a clock beside the log: somebody's own, ahead of the cluster's by the time that typing takes. */
function stamped(log: SessionLog, { trick }: Role, random: RandomStream): SessionLog {
  const early = trick?.kind === 'before-open' ? -2 * DAY : 0;
  const from = (trick?.kind === 'late' ? DUE - DAY : OPEN) + early + random.below(3 * 3_600_000) + 3_600_000;
  let wall = from;
  const entries = log.entries.map((entry, index): LogEntry => {
    wall += entry.input.type === 'note' ? (trick?.kind === 'faster-than-typing' ? 30 : 6000 + random.below(20_000)) : 5;
    const back = trick?.kind === 'clock-back' && index * 2 > log.entries.length ? 2 * 3_600_000 : 0;
    return { ...entry, wall: wall - back };
  });
  return { ...log, entries };
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
}

/** A file that nobody worked for. */
function nothingOfOurs(kind: 'junk' | 'deep'): Uint8Array {
  if (kind === 'junk') return encode('PK\u0003\u0004 <script>alert(1)</script>');
  return encode(`{"format":"${SUBMISSION_FORMAT}","log":${'['.repeat(20_000)}${']'.repeat(20_000)}}`);
}

/** What a role does to its file after saving it. */
function spoiled({ trick }: Role, submission: Submission): Uint8Array {
  const { chain: _, ...rest } = submission;
  switch (trick?.kind) {
    case 'forged-score': {
      const forged = { ...rest, claim: { ...rest.claim, points: Math.max(0, rest.claim.points - 1) } };
      return encode({ ...forged, chain: chainOfSubmission(forged) });
    }
    case 'huge-claim':
      return encode({ ...submission, claim: { ...submission.claim, points: 1_000_000 } });
    case 'edited-log':
      return encode({ ...submission, log: { ...submission.log, entries: submission.log.entries.slice(1) } });
    case 'cut-off':
      return encode(submission).slice(0, -200);
    case 'polluting':
      return encode(
        JSON.stringify(submission).replace(
          '{',
          '{"__proto__":{"points":99,"admin":true},"constructor":{"prototype":{"points":99}},',
        ),
      );
    default:
      return encode(submission);
  }
}
