import type { Manifest } from './exercise.ts';

/** Which objects a test is about. */
export interface ObjectSelection {
  readonly apiVersion: string;
  readonly kind: string;
  /** Default `default`; `*`: every namespace. */
  readonly namespace?: string;
  readonly name?: string;
  /** A label selector in string form. */
  readonly labels?: string;
}

/** Where a test stands in the network: outside the cluster, on a node, or in a running pod. */
export type From =
  | 'outside'
  | { readonly node: string }
  | { readonly pod: { readonly namespace?: string; readonly name?: string; readonly labels?: string } };

/**
 * A test, declarative. Each has one field, which names it. `docs/authoring-exercises.md` has an example of every one.
 *
 * A value that is expected is compared as `checks/match.ts` says: partial objects, lists by key, or a question such as `{ $atLeast: 3 }`.
 */
export type Test = PlainTest | BusyTest;

/** Tests that only look at objects, and so can be asked after every change, and of every moment of the past. */
export type PlainTest =
  /** One of the chosen objects looks so. */
  | { readonly object: ObjectSelection & { readonly match?: unknown } }
  /** There is none (that looks so). */
  | { readonly absent: ObjectSelection & { readonly match?: unknown } }
  /** So many look so. */
  | { readonly count: ObjectSelection & { readonly match?: unknown; readonly is: unknown } }
  | { readonly cel: CelTest }
  /** One of the chosen objects has a condition in that state. */
  | { readonly condition: ConditionTest }
  | { readonly event: EventTest }
  | { readonly authorization: AuthorizationTest }
  | { readonly component: ComponentTest }
  | { readonly all: readonly Test[] }
  | { readonly any: readonly Test[] }
  | { readonly not: Test };

/** Tests that need a copy of the cluster, its past, or what is beside it. */
export type BusyTest =
  | { readonly log: LogTest }
  | { readonly command: CommandTest }
  | { readonly file: FileTest }
  | { readonly dns: DnsTest }
  | { readonly tcp: TcpTest }
  | { readonly http: HttpTest }
  | { readonly metric: MetricTest }
  | { readonly history: HistoryTest }
  | { readonly traffic: TrafficTest }
  | { readonly answer: { readonly question: string } }
  | { readonly script: ScriptTest }
  /** In a fork of the cluster, after some things happen, all these hold. */
  | { readonly scenario: { readonly actions: readonly Action[]; readonly expect: readonly Test[] } };

/** A CEL expression over objects: `self` is each of them in turn, or with `of: list` the list of all. */
export type CelTest = ObjectSelection & {
  readonly expression: string;
  /** `each` (default): there are some, and it is true of all; `some`: of at least one; `list`: of the list, which may be empty. */
  readonly of?: 'each' | 'some' | 'list';
};

export type ConditionTest = ObjectSelection & {
  readonly type: string;
  /** Default `True`. */
  readonly status?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
};

export interface EventTest {
  readonly namespace?: string;
  /** What it is about: a partial `involvedObject`. */
  readonly about?: unknown;
  readonly type?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
  /** How many (an event that came several times counts so often); default at least 1. */
  readonly is?: unknown;
}

/** `can` and `cannot`: `get pods`, `create deployments.apps`, `get pods/log`, `get secrets/one-of-that-name`, `get /healthz`. */
export interface AuthorizationTest {
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly serviceAccount?: string;
  /** Of the service account and of what is asked for; default `default`. */
  readonly namespace?: string;
  readonly can?: readonly string[];
  readonly cannot?: readonly string[];
}

/** The log of a container of one of the chosen pods. */
export interface LogTest {
  readonly namespace?: string;
  readonly name?: string;
  readonly labels?: string;
  readonly container?: string;
  /** That of the container before its last restart. */
  readonly previous?: boolean;
  readonly text: unknown;
}

/** A line of the learner's shell, in a copy of their cluster, beside their files. */
export interface CommandTest {
  readonly run: string;
  readonly stdout?: unknown;
  readonly stderr?: unknown;
  /** Default 0. */
  readonly exit?: unknown;
}

/** A file of the learner's: its text, or one of the YAML documents in it. */
export interface FileTest {
  readonly path: string;
  readonly text?: unknown;
  readonly yaml?: unknown;
}

export interface DnsTest {
  readonly name: string;
  readonly from?: From;
  /** Default: any address. `$absent`: the name does not exist. */
  readonly addresses?: unknown;
}

export interface TcpTest {
  readonly host: string;
  readonly port: number;
  readonly from?: From;
  /** Whether a connection comes about; default true. */
  readonly open?: boolean;
}

export interface HttpTest {
  /** The port that a NodePort Service gave, looked up by the Service's name … */
  readonly service?: string;
  readonly namespace?: string;
  /** Port of the Service; default its first. */
  readonly port?: number;
  readonly path?: string;
  /** … or `http://host:port/path`, from a place. */
  readonly url?: string;
  readonly from?: From;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly send?: string;
  /** Default 200. */
  readonly status?: unknown;
  readonly body?: unknown;
  /** No answer may come: it must be refused, or lost. */
  readonly fails?: boolean;
}

/** What a metrics API serves: `pods` and `nodes` of metrics.k8s.io; or a metric of a Prometheus page. */
export interface MetricTest {
  readonly of?: 'pods' | 'nodes';
  readonly namespace?: string;
  readonly name?: string;
  readonly labels?: string;
  readonly cpu?: unknown;
  readonly memory?: unknown;
  /** A page in the text format, and a line of it: `http://…/metrics`. */
  readonly url?: string;
  readonly from?: From;
  readonly metric?: string;
  readonly value?: unknown;
}

/**
 * What the past of the cluster must have been. The span begins when the learner did (in a scenario: when its actions did), or at `since`:
 * so many seconds later, or when a test first held. It ends now, or at `until`; if it has not ended yet, nothing is passed.
 */
export interface HistoryTest {
  readonly since?: number | PlainTest;
  readonly until?: number | PlainTest;
  readonly always?: PlainTest;
  readonly never?: PlainTest;
  readonly eventually?: PlainTest;
  /** Each began to hold after the one before it did. */
  readonly inOrder?: readonly PlainTest[];
  /** Held for that share of the time. */
  readonly mostly?: { readonly test: PlainTest; readonly share: number };
}

/** How the exercise's visitors, or the load of a scenario, fared. */
export interface TrafficTest {
  readonly visitor: string;
  /** Seconds after the setup. */
  readonly from?: number;
  readonly until?: number;
  /** Share of visits answered with a status below 500. */
  readonly answered?: unknown;
  readonly visits?: unknown;
}

/** A component of the learner's own is in its place and runs. */
export interface ComponentTest {
  readonly name: string;
  /** Whether problems that it survived (requests refused, exceptions) are let pass; default true. */
  readonly problems?: boolean;
}

/** TypeScript beside the exercise, run in a sandbox; see docs/authoring-exercises.md. The loader puts `source` in. */
export interface ScriptTest {
  readonly file: string;
  readonly source?: string;
  /** Handed to it. */
  readonly with?: unknown;
}

/** Something that happens in a scenario's fork. */
export type Action =
  | { readonly delete: ObjectSelection & { readonly limit?: number } }
  /** Created or changed, by server-side apply. */
  | { readonly apply: Manifest }
  /** Merged into the object that is there, as a JSON merge patch: a roll-out, most often. */
  | { readonly merge: Manifest }
  | { readonly scale: ObjectSelection & { readonly name: string; readonly replicas: number } }
  | { readonly cordon: string }
  | { readonly uncordon: string }
  | { readonly drain: string }
  | { readonly fault: FaultAction }
  | { readonly load: LoadAction }
  /** A line of the learner's shell. */
  | { readonly run: string }
  /** Virtual seconds. */
  | { readonly wait: number }
  | { readonly settle: true };

export interface FaultAction {
  /** A node's name, or with `running` the node of the first pod of those labels. */
  readonly node?: string;
  readonly running?: string;
  readonly power?: boolean;
  readonly network?: boolean;
  readonly kubelet?: boolean;
  readonly reboot?: true;
  /** Milliseconds added, and share of packets lost. */
  readonly link?: { readonly delay?: number; readonly loss?: number };
  /** Bytes left free on the disk; null: mended. */
  readonly disk?: { readonly free: number | null };
}

/** Requests from outside, for some time, while the actions after it happen. `traffic` asks how they fared. */
export interface LoadAction {
  readonly name?: string;
  readonly service?: string;
  readonly namespace?: string;
  readonly port?: number;
  readonly host?: string;
  readonly path?: string;
  readonly perSecond: number;
  readonly seconds: number;
}

const PLAIN = ['object', 'absent', 'count', 'cel', 'condition', 'event', 'authorization', 'component'];

/** Whether a test only looks at objects as they are. */
export function isPlain(test: Test): boolean {
  if ('all' in test) return test.all.every(isPlain);
  if ('any' in test) return test.any.every(isPlain);
  if ('not' in test) return isPlain(test.not);
  return PLAIN.some((name) => name in test);
}

/** A test with all tests inside it. */
export function* testsWithin(test: Test): Generator<Test> {
  yield test;
  if ('all' in test) for (const each of test.all) yield* testsWithin(each);
  else if ('any' in test) for (const each of test.any) yield* testsWithin(each);
  else if ('not' in test) yield* testsWithin(test.not);
  else if ('scenario' in test) for (const each of test.scenario.expect) yield* testsWithin(each);
  else if ('history' in test) {
    const { since, until, always, never, eventually, inOrder = [], mostly } = test.history;
    for (const each of [since, until, always, never, eventually, ...inOrder, mostly?.test])
      if (typeof each === 'object') yield* testsWithin(each);
  }
}
