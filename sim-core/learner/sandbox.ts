/**
 * What a learner's component runs in: a JavaScript machine of its own, with counted steps and bounded memory, that knows nothing of its
 * host but one function. `quickjs.ts` is the one implementation; it is loaded on first use (`host/load-sandbox.ts`).
 */
export interface SandboxFactory {
  /** The module `jotasu` of learners' components. */
  readonly prelude: string;
  /** Strips the types of TypeScript, keeping every line where it is. Throws a `ComponentError` for what is no TypeScript. */
  compile(source: string, file: string): string;
  /** Makes a machine and runs a module in it. Throws a `ComponentError` when that fails. */
  create(options: SandboxOptions): Sandbox;
}

export interface SandboxOptions {
  /** The module that comes first, and that the other may import as `jotasu`. It exports `boot` and `dispatch`. */
  readonly prelude: string;
  /** The learner's module, types stripped. */
  readonly code: string;
  /** Its name, for imports and messages. */
  readonly file: string;
  /** Answers the one function of the host that the prelude can call; text both ways. What it throws ends the machine. */
  host(operation: string, argument: string): string;
}

/** A running machine. */
export interface Sandbox {
  /** Calls the prelude's `dispatch`, and lets promises settle. Throws a `ComponentError` when the machine had to be ended. */
  dispatch(operation: string, argument: string): string;
  dispose(): void;
}

/** Most steps (calls and loop turns) of one dispatch, in interrupts of ten thousand each. */
export const INTERRUPTS = 200;
export const STEPS = INTERRUPTS * 10_000;
/** Memory of one machine, MiB, its own code included. */
export const MEMORY = 32;

/** What is wrong with a component: a message key with values, and where. Texts are in `problem-text.ts`. */
export interface ComponentProblem {
  readonly key: ProblemKey;
  readonly values: Readonly<Record<string, string>>;
  readonly file?: string;
  /** Line of the learner's TypeScript, from 1. */
  readonly line?: number;
}

export type ProblemKey =
  /** The source cannot be read; `message` says why. */
  | 'syntax'
  /** The module has no default export of the shape wanted; `wanted` names it. */
  | 'shape'
  /** An exception left the component; `error` and `message`. */
  | 'threw'
  /** The API server refused a request, and nobody caught that; `reason` and `message`. */
  | 'refused'
  /** More steps than one call may take: an endless loop, most likely; `steps`. */
  | 'steps'
  /** More memory than a component has; `mebibytes`. */
  | 'memory'
  /** Calls nested too deeply. */
  | 'stack'
  /** An async function waits for something that never comes. */
  | 'pending'
  /** A plugin's answer is of no use; `function` and `answer`. */
  | 'answer'
  /** No component can have that name; `name`. */
  | 'name';

/** The machine cannot go on, or could not begin. */
export class ComponentError extends Error {
  override readonly name = 'ComponentError';
  readonly problem: ComponentProblem;

  constructor(problem: ComponentProblem) {
    super(`${problem.key}: ${JSON.stringify(problem.values)}`);
    this.problem = problem;
  }
}

/** The first place in a stack trace that lies in the learner's file. */
export function placeIn(stack: string, file: string): { file?: string; line?: number } {
  for (const line of stack.split('\n', 200)) {
    const at = line.lastIndexOf(`${file}:`);
    if (at < 0) continue;
    const number = /^\d+/.exec(line.slice(at + file.length + 1));
    if (number !== null) return { file, line: Number(number[0]) };
  }
  return {};
}
