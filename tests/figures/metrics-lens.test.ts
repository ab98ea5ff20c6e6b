import '../../sim-core/host/programs.ts';
import { expect, test } from 'vitest';
import { metricsLens } from '../../site/figures/lenses/metrics.ts';
import { Mirror } from '../../site/workspace/mirror.ts';
import { Scenario } from '../scenarios/scenario.ts';

test('draws what a load client saw: all answered, then failures while nobody is there, and how long it took', () => {
  const cluster = new Scenario('two-workers', { trace: { level: 'full' } });
  cluster.apply(`
{apiVersion: v1, kind: Pod, metadata: {name: web, labels: {app: web}}, spec: {containers: [{name: c, image: nginx}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: load}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: c, image: jotasu/load, env: [{name: URL, value: "http://web"}, {name: RATE, value: "20"}]}]}}
`);
  for (const name of ['web', 'load']) cluster.untilReady(name);
  cluster.wait(20);
  const look = () => {
    const { engine } = cluster.cluster;
    const source = { mirror: new Mirror(), events: engine.trace.since(0), changes: [], now: engine.now };
    const { charts } = metricsLens({ ...source, focus: undefined, explanation: undefined });
    const last = (name: string) =>
      charts
        .flat()
        .find((series) => series.name === name)
        ?.points.at(-1)?.value;
    return { last, names: charts.flat().map(({ name }) => name) };
  };
  expect(look().last('answered')).toBe(20);
  expect(look().last('failed')).toBe(0);
  expect(look().last('p99')).toBeGreaterThan(0);
  expect(look().last('p99')).toBeGreaterThanOrEqual(look().last('p50')!);
  cluster.patch('Service', 'web', { spec: { selector: { app: 'nobody' } } });
  cluster.wait(5);
  expect(look().last('answered')).toBe(0);
  expect(look().last('failed')).toBe(20);
  cluster.delete('Pod', 'load');
  cluster.wait(10);
  expect(look().last('failed')).toBe(0);
  cluster.wait(60);
  // Long after it, the picture is of other things.
  expect(look().names).not.toContain('answered');
});
