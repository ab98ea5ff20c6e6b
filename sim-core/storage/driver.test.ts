import { describe, expect, it } from 'vitest';
import { Engine, parseTime } from '../engine/index.ts';
import { RegularFile } from '../images/file-node.ts';
import { DISK_DRIVER, StorageSystem } from './storage-system.ts';

function disks() {
  const node = (zone: string) => ({ zone, machine: () => undefined, connected: () => true });
  const nodes = new Map([
    ['a1', node('zone-a')],
    ['a2', node('zone-a')],
    ['b1', node('zone-b')],
  ]);
  const engine = new Engine({ seed: 1, epoch: parseTime('2026-01-05T09:00:00Z')! });
  return new StorageSystem(engine, nodes).driver(DISK_DRIVER)!;
}

describe('a driver of disks', () => {
  it('attaches a disk to one node at a time, of its zone', () => {
    const driver = disks();
    const { handle } = driver.create('pvc-1', 1024, 'zone-a', {});
    expect(() => driver.publish(handle, 'a1')).toThrow('is not attached to node a1');
    driver.attach(handle, 'a1', false);
    expect(() => driver.attach(handle, 'a2', false)).toThrow(
      `rpc error: code = FailedPrecondition desc = volume ${handle} is already attached to node a1`,
    );
    expect(() => driver.delete(handle)).toThrow('still attached to node a1');
    driver.detach(handle, 'a1');
    expect(() => driver.attach(handle, 'b1', false)).toThrow('is in zone zone-a, node b1 in zone-b');
    driver.attach(handle, 'a2', false);
  });

  it('takes a detached disk away from whoever still writes, and keeps what is on it', () => {
    const driver = disks();
    const { handle } = driver.create('pvc-1', 1024, 'zone-a', {});
    driver.attach(handle, 'a1', false);
    const old = driver.publish(handle, 'a1');
    old.put('file', new RegularFile('kept'));
    driver.detach(handle, 'a1');
    driver.attach(handle, 'a2', false);
    expect(old.find('file')).toBeUndefined();
    expect(() => old.space!.take(1, 0)).toThrow('Input/output error');
    expect(driver.publish(handle, 'a2').find('file')).toMatchObject({ content: 'kept' });
  });

  it('holds as much as its file system, which grows when it is told', () => {
    const driver = disks();
    const { handle, space } = driver.create('pvc-1', 10, 'zone-a', {});
    expect(() => space.take(11, 0)).toThrow('No space left on device');
    driver.grow(handle, 20);
    expect(() => space.take(11, 0)).toThrow('No space left on device');
    driver.expand(handle);
    space.take(11, 0);
    expect(space.used).toBe(11);
  });
});
