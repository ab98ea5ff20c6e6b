/** Where `jotasu` begins: one command line in, one exit code out. */
import { enableCompileCache } from 'node:module';
import { run } from './program.ts';

// Most of a short command is reading sources: what has been compiled is kept, also for the processes that it starts.
const { directory } = enableCompileCache(`${import.meta.dirname}/../.cache/compile`);
if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= `${import.meta.dirname}/../.cache/compile`;

process.exitCode = await run(process.argv.slice(2));
