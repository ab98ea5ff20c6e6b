import { beforeEach, expect, it } from 'vitest';
import { TestCluster } from '../controllers/testing/test-cluster.ts';
import { events } from '../resources/event.ts';
import { nodes } from '../resources/node.ts';
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

it('drops what exceeds a burst of 25 and one each five minutes about one object', () => {
  for (let index = 0; index < 40; index++) recorder.normal(node(), 'Seen', 'again');
  expect(written()).toEqual(['again ×25']);
  cluster.wait(310);
  recorder.normal(node(), 'Seen', 'again');
  expect(written()).toEqual(['again ×26']);
});
