import type { Command } from 'commander';
import type { SchedulingExplanation } from '../../sim-core/scheduler/index.ts';

interface Flags {
  namespace: string;
  kubeconfig?: string;
}

export function command(program: Command): void {
  program
    .command('explain-scheduling')
    .description('what the scheduler of a served cluster thinks of a pod: every node, every plugin, and why')
    .argument('<pod>', 'name of the pod')
    .option('-n, --namespace <name>', 'namespace of the pod', 'default')
    .option(
      '--kubeconfig <file>',
      'the kubeconfig that jotasu serve wrote (default: $KUBECONFIG, else where it writes)',
    )
    .action((pod: string, flags: Flags) => explain(pod, flags));
}

async function explain(pod: string, { namespace, kubeconfig }: Flags): Promise<void> {
  const { ServedConnection } = await import('../served.ts');
  const { explanationText } = await import('../../sim-core/scheduler/explanation-text.ts');
  const query = `namespace=${encodeURIComponent(namespace)}&pod=${encodeURIComponent(pod)}`;
  const served = ServedConnection.find(kubeconfig);
  process.stdout.write(explanationText(await served.ask<SchedulingExplanation>('GET', `explain-scheduling?${query}`)));
}
