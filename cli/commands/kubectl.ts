import type { Command } from 'commander';

export function command(program: Command): void {
  program
    .command('kubectl')
    .description("the course's own kubectl, for machines without the real one")
    .argument('[words...]', 'what you would type after kubectl')
    .allowUnknownOption()
    .helpOption(false)
    .action((words: string[]) => runOwnKubectl(words));
}

async function runOwnKubectl(words: readonly string[]): Promise<void> {
  const { runKubectl } = await import('../../sim-core/kubectl/main.ts');
  const { nodeEnvironment } = await import('../../sim-core/host/http/node-kubectl.ts');
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  const environment = nodeEnvironment(interrupt.signal);
  try {
    process.exitCode = await runKubectl(words, environment);
  } finally {
    environment.close();
  }
}
