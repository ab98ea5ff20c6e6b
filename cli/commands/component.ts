import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import type { ComponentState } from '../../sim-core/learner/components.ts';

interface Flags {
  kubeconfig?: string;
  remove?: boolean;
}

export function command(program: Command): void {
  program
    .command('component')
    .description(
      'put your own TypeScript in the place of a component of a served cluster; without a file, tell how yours do',
    )
    .argument('[name]', 'replicaset-controller, kube-scheduler, scheduler-plugin/NodeAffinity, or a name of your own')
    .argument('[file]', 'the module; its types are in sim-core/learner/jotasu.d.ts')
    .option('--remove', 'give the place back to the component that was there')
    .option(
      '--kubeconfig <file>',
      'the kubeconfig that jotasu serve wrote (default: $KUBECONFIG, else where it writes)',
    )
    .action((name: string | undefined, file: string | undefined, flags: Flags) => component(name, file, flags));
}

async function component(name: string | undefined, file: string | undefined, flags: Flags): Promise<void> {
  const { ServedConnection } = await import('../served.ts');
  const { problemText } = await import('../../sim-core/learner/problem-text.ts');
  const change = name !== undefined && (file !== undefined || flags.remove === true);
  const source = file === undefined ? null : readFileSync(file, 'utf8');
  const body = { name, source, ...(file === undefined ? {} : { file: basename(file) }) };
  const served = ServedConnection.find(flags.kubeconfig);
  const states = await (change
    ? served.ask<ComponentState[]>('POST', 'components', body)
    : served.ask<ComponentState[]>('GET', 'components'));
  const shown = name === undefined ? states : states.filter((state) => state.name === name);
  if (change && source !== null && shown.length === 0) {
    process.stderr.write(`No component can be named ${name}.\n`);
    process.exitCode = 1;
    return;
  }
  if (shown.length === 0) process.stdout.write('Every component is the cluster’s own.\n');
  for (const { name: of, role, failed, problems, log } of shown) {
    process.stdout.write(`${of} (${role}): ${failed ? 'ended' : 'running'}\n`);
    for (const line of log.slice(-10)) process.stdout.write(`  | ${line}\n`);
    for (const problem of problems)
      process.stdout.write(`  ${problemText(problem, 'en')}${problem.times > 1 ? ` (${problem.times} times)` : ''}\n`);
  }
  if (shown.some(({ failed }) => failed)) process.exitCode = 1;
}
