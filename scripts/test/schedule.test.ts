import { describe, expect, it } from 'vitest';
import { type Ended, runStages, type Schedulable } from './schedule.ts';

/** Runs stages that end when they are told to, in the order of `ends`, and notes when each began and ended. */
async function play(stages: readonly Schedulable[], cores: number, ends: readonly string[], failing = '') {
  const notes: string[] = [];
  let printed = '';
  const finish = new Map<string, () => void>();
  const all = runStages<Schedulable, Ended>({
    stages,
    cores,
    print: (chunk) => {
      printed += chunk;
    },
    run: async ({ name, needs = [] }, failed, print) => {
      if (needs.some((other) => failed.has(other)))
        return { counts: { passed: 0, failed: 0, skipped: 1 }, reason: 'no' };
      notes.push(`+${name}`);
      print(`${name} works\n`);
      await new Promise<void>((resolve) => finish.set(name, resolve));
      notes.push(`-${name}`);
      const bad = name === failing ? 1 : 0;
      return { counts: { passed: 1 - bad, failed: bad, skipped: 0 } };
    },
  });
  for (const name of ends) {
    for (let turn = 0; turn < 20 && !finish.has(name); turn++) await undefined;
    finish.get(name)!();
    for (let turn = 0; turn < 20; turn++) await undefined;
  }
  return { outcomes: await all, notes: notes.join(' '), printed };
}

const stage = (name: string, more: Partial<Schedulable> = {}): Schedulable => ({ name, title: name, ...more });

describe('running stages', () => {
  it('runs side by side what fits on the machine, and one that needs all of it alone', async () => {
    const stages = [stage('a'), stage('all', { cores: 2 }), stage('b'), stage('c')];
    const { notes } = await play(stages, 2, ['b', 'c', 'a', 'all']);
    expect(notes).toBe('+a +b -b +c -c -a +all -all');
    expect((await play(stages, 1, ['a', 'all', 'b', 'c'])).notes).toBe('+a -a +all -all +b -b +c -c');
  });

  it('waits for what a stage comes after, and does not run it when that was needed and failed', async () => {
    const stages = [stage('a'), stage('b', { after: ['a'] }), stage('c', { needs: ['a'] })];
    const { notes, outcomes } = await play(stages, 3, ['a', 'b'], 'a');
    expect(notes).toBe('+a -a +b -b');
    expect(outcomes.map(({ counts, reason }) => [counts.failed, reason])).toEqual([
      [1, undefined],
      [0, undefined],
      [0, 'no'],
    ]);
  });

  it('prints what they say a stage at a time', async () => {
    const { printed } = await play([stage('a'), stage('b')], 2, ['b', 'a']);
    expect(printed).toBe('\n━━ a (a)\na works\n\n━━ b (b)\nb works\n');
  });
});
