/** The commands of one learner in one exercise, made comparable. */
export interface Sequence {
  readonly file: string;
  readonly learner: string;
  readonly commands: readonly string[];
}

/** Two sequences that have more in common than chance among this class explains. */
export interface SharedCommands {
  readonly left: Sequence;
  readonly right: Sequence;
  /** In the order of both. */
  readonly shared: readonly string[];
  /** How surprising that is, in bits: 10 bits are a chance of one in a thousand. */
  readonly bits: number;
  /** The part of the less surprising sequence that is shared. */
  readonly part: number;
}

/** Fewer prove nothing. */
const LEAST_COMMANDS = 4;
const LEAST_BITS = 16;
const LEAST_PART = 0.5;
/** Beyond these a sequence is cut: comparing takes time by the square of it. */
const MOST_COMMANDS = 400;

/**
 * Finds pairs that share more than chance explains. What a command says depends on how many others in the class use it: one that everybody types
 * says nothing, one that nobody else types much. Commands of known ways (solutions, hints, the page's text) say nothing at all, since there are
 * few ways to do a thing; neither does the second time of the same command.
 */
export function sharedCommands(sequences: readonly Sequence[], known: ReadonlySet<string>): SharedCommands[] {
  const learners = new Set(sequences.map(({ learner }) => learner)).size;
  const users = new Map<string, Set<string>>();
  for (const { commands, learner } of sequences) {
    for (const command of commands) {
      const found = users.get(command) ?? new Set();
      found.add(learner);
      users.set(command, found);
    }
  }
  const told = sequences.map((sequence) => ({
    sequence,
    commands: [...new Set(sequence.commands)].filter((command) => !known.has(command)).slice(0, MOST_COMMANDS),
  }));
  /** The two that are compared are left out of the count; a small class does not make a command rarer than one in fifty. */
  const bitsOf = (command: string) =>
    Math.log2(Math.max(learners, 50) / Math.max(1, (users.get(command)?.size ?? 0) - 1)) * weightOf(command);
  const found: SharedCommands[] = [];
  for (const [index, left] of told.entries()) {
    for (const right of told.slice(index + 1)) {
      if (left.sequence.learner === right.sequence.learner) continue;
      const shared = common(left.commands, right.commands);
      if (shared.length < LEAST_COMMANDS) continue;
      const sum = (commands: readonly string[]) => commands.reduce((bits, command) => bits + bitsOf(command), 0);
      const bits = sum(shared);
      const whole = Math.min(sum(left.commands), sum(right.commands));
      if (bits < LEAST_BITS || bits < whole * LEAST_PART) continue;
      found.push({ left: left.sequence, right: right.sequence, shared, bits, part: bits / whole });
    }
  }
  return found.sort((one, other) => other.bits - one.bits);
}

/** Short commands are guessed by many; looking around says less than changing something. */
function weightOf(command: string): number {
  const words = command.split(' ').length;
  return words < 3 ? 0.25 : /^kubectl (get|describe|logs|explain|config|version|top) /.test(command) ? 0.5 : 1;
}

/** The longest sequence of commands that both have in the same order. */
function common(left: readonly string[], right: readonly string[]): string[] {
  const lengths = Array.from({ length: left.length + 1 }, () => new Uint16Array(right.length + 1));
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      lengths[i]![j] =
        left[i] === right[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
    }
  }
  const shared: string[] = [];
  let [i, j] = [0, 0];
  while (i < left.length && j < right.length) {
    if (left[i] === right[j]) {
      shared.push(left[i]!);
      i++;
      j++;
    } else if (lengths[i + 1]![j]! >= lengths[i]![j + 1]!) i++;
    else j++;
  }
  return shared;
}
