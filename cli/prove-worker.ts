import { type ProveOptions, Prover } from './prove-one.ts';

/** Proves the exercises that it is sent, one at a time, and answers with what came of each. */
const prover = new Prover(JSON.parse(process.argv[2]!) as ProveOptions);

process.on('message', async (id: string) => {
  process.send!(await prover.prove(id));
});
