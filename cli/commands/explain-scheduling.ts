import type { Command } from 'commander';
import type { SchedulingExplanation, SchedulingRow } from '../../sim-core/scheduler/index.ts';

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
  const query = `namespace=${encodeURIComponent(namespace)}&pod=${encodeURIComponent(pod)}`;
  const served = ServedConnection.find(kubeconfig);
  process.stdout.write(render(await served.ask<SchedulingExplanation>('GET', `explain-scheduling?${query}`)));
}

function render({ pod, preFilter, rows, best, message }: SchedulingExplanation): string {
  const lines = [`Pod ${pod}`];
  for (const { plugin, code, reasons } of preFilter) lines.push(`${plugin} says ${code}: ${reasons.join(', ')}`);
  for (const row of rows) lines.push('', ...renderRow(row, best.includes(row.node)));
  lines.push('', message ?? `Best: ${best.join(', ')}.`, '');
  return lines.join('\n');
}

function renderRow({ node, feasible, filters, scores, total }: SchedulingRow, isBest: boolean): string[] {
  const head = feasible ? `${node}: fits, score ${total}${isBest ? ', among the best' : ''}` : `${node}: does not fit`;
  const refusals = filters
    .filter(({ reasons }) => reasons.length > 0)
    .map(({ plugin, reasons }) => `  ${plugin.padEnd(32)} ${reasons.join(', ')}`);
  const points = scores.map(
    ({ plugin, weight, score, weighted }) =>
      `  ${plugin.padEnd(32)} ${String(score).padStart(5)} × ${weight} = ${weighted}`,
  );
  return [head, ...refusals, ...points];
}
