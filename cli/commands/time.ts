import type { Command } from 'commander';
import { parseSpeed } from '../options.ts';

interface ClockState {
  readonly now: number;
  readonly ahead: number;
  readonly paused: boolean;
  readonly speed: number | 'max';
  readonly settled: boolean;
  readonly outcome?: 'settled' | 'limit';
}

export function command(program: Command): void {
  const time = program
    .command('time')
    .description('steer the clock of a served cluster; without a command, tell its time')
    .option(
      '--kubeconfig <file>',
      'the kubeconfig that jotasu serve wrote (default: $KUBECONFIG, else where it writes)',
    )
    .exitOverride()
    .action(() => tell(time, undefined));
  const add = (words: string, description: string) => time.command(words).description(description).exitOverride();
  add('settle', 'let time pass at once until the cluster is at rest').action(() => tell(time, { action: 'settle' }));
  add('advance <duration>', 'let 30s, 10m, 1h30m or 2d pass at once').action((by: string) =>
    tell(time, { action: 'advance', by }),
  );
  add('pause', 'stop the clock').action(() => tell(time, { action: 'pause' }));
  add('resume', 'let the clock run again').action(() => tell(time, { action: 'resume' }));
  time
    .command('speed')
    .description('virtual seconds per second, or max: always run until settled')
    .argument('<factor>', 'a number above 0, at most 1000, or max', parseSpeed)
    .exitOverride()
    .action((speed: number | 'max') => tell(time, { action: 'speed', speed }));
}

async function tell(time: Command, action: Record<string, unknown> | undefined): Promise<void> {
  const { ServedConnection } = await import('../served.ts');
  const served = ServedConnection.find(time.opts<{ kubeconfig?: string }>().kubeconfig);
  const state = await served.ask<ClockState>(action === undefined ? 'GET' : 'POST', 'time', action);
  process.stdout.write(`${describe(state)}\n`);
  if (action?.action === 'settle' && state.outcome === 'limit') {
    process.stdout.write('It did not come to rest within ten virtual minutes: something keeps changing.\n');
  }
  const seconds = Math.round(state.ahead / 1_000_000);
  if (Math.abs(seconds) < 2) return;
  process.stdout.write(
    `The cluster's clock is ${spell(Math.abs(seconds))} ${seconds > 0 ? 'ahead of' : 'behind'} this machine's: ages that kubectl works out itself (describe, events) are off by that.\n`,
  );
}

function describe({ now, paused, speed, settled }: ClockState): string {
  const clock = new Date(Math.floor(now / 1000)).toISOString().replace(/\.\d+Z$/, 'Z');
  const pace = paused ? 'paused' : speed === 'max' ? 'running at full speed' : `running at ×${speed}`;
  return `${clock}, ${pace}, ${settled ? 'at rest' : 'busy'}.`;
}

/** `1h2m3s`, without what is zero. */
function spell(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  return parts
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join('');
}
