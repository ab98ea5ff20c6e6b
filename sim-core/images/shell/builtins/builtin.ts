import type { Coroutine } from '../../../engine/index.ts';
import type { Shell } from '../shell.ts';

/** A command that runs inside the shell. Answers the exit code. */
export type Builtin = (shell: Shell, args: readonly string[]) => number | Coroutine<number>;
