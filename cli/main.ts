/** Where `jotasu` begins: one command line in, one exit code out. */
import { run } from './program.ts';

process.exitCode = await run(process.argv.slice(2));
