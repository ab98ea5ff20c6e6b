import { beforeEach, expect, it } from 'vitest';
import { TestCluster } from '../controllers/testing/test-cluster.ts';
import { events } from '../resources/event.ts';
import { nodes } from '../resources/node.ts';
import { Client, Unreachable } from './client.ts';
import { EventRecorder } from './event-recorder.ts';

let cluster: TestCluster;
let recorder: EventRecorder;

beforeEach(() => {
  cluster = new TestCluster({ controllers: [] });
  recorder = new EventRecorder(cluster.engine, cluster.client, { component: 'tester' });
});

const node = () => cluster.get(nodes, 'worker-1');
const written = () => cluster.list(events).map(({ message, count }) => `${message} ×${count}`);

it('counts what is said again', () => {
  recorder.normal(node(), 'Seen', 'here');
  recorder.normal(node(), 'Seen', 'here');
  recorder.warning(node(), 'Seen', 'here');
  expect(written()).toEqual(['here ×2', 'here ×1']);
});

it('combines similar events from the tenth on into one, which shows the last message', () => {
  for (let index = 1; index <= 12; index++) recorder.normal(node(), 'Seen', `number ${index}`);
  expect(written()).toHaveLength(10);
  expect(written()).toContain('(combined from similar events): number 12 ×3');
  cluster.wait(700);
  recorder.normal(node(), 'Seen', 'number 13');
  expect(written()).toContain('number 13 ×1');
});

it('drops what exceeds a burst of 25 and one each five minutes about one object, but counts it', () => {
  for (let index = 0; index < 40; index++) recorder.normal(node(), 'Seen', 'again');
  expect(written()).toEqual(['again ×25']);
  cluster.wait(310);
  recorder.normal(node(), 'Seen', 'again');
  expect(written()).toEqual(['again ×41']);
});

it('tells later, and in order, what happened while no server answered', () => {
  let down = true;
  const refuse = () => {
    throw new Unreachable('dial tcp: connect: connection refused');
  };
  const transport = cluster.transport('tester', () => (down ? refuse() : undefined));
  const client = new Client(transport);
  const cut = new EventRecorder(cluster.engine, client, { component: 'tester' });
  cut.normal(node(), 'Seen', 'first');
  cluster.wait(15);
  cut.normal(node(), 'Seen', 'second');
  expect(written()).toEqual([]);
  down = false;
  cluster.wait(10);
  expect(written()).toEqual(['first ×1', 'second ×1']);
  const [first, second] = cluster.list(events).map(({ firstTimestamp }) => Date.parse(firstTimestamp!));
  expect(second! - first!).toBe(15_000);

  down = true;
  cut.warning(node(), 'Seen', 'lost with its component');
  cut.stop();
  down = false;
  cluster.wait(200);
  expect(written()).toHaveLength(2);
});

it('loses nothing of what happens to one object in one moment', () => {
  for (const kind of ['a', 'b', 'c', 'd', 'e'])
    for (let index = 0; index < 5; index++) recorder.normal(node(), `Seen${kind}${index}`, 'here');
  const others = new EventRecorder(cluster.engine, cluster.client, { component: 'other', newStyle: true });
  for (let index = 0; index < 100; index++) others.normal(node(), `Seen${index}`, 'here');
  expect(written()).toHaveLength(125);
});
