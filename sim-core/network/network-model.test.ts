import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../engine/index.ts';
import { ProcessStack } from './stack.ts';
import { immediately, serveWhoAmI, TestNetwork, text } from './testing/test-network.ts';

describe('the network model', () => {
  it('lets pods reach each other under their own addresses, on one node and across nodes', () => {
    const network = new TestNetwork();
    const a = network.pod('worker-1', 'a');
    const b = network.pod('worker-1', 'b');
    const c = network.pod('worker-2', 'c');
    for (const pod of [a, b, c]) serveWhoAmI(pod);
    expect([a.address, b.address, c.address]).toEqual(['10.244.1.2', '10.244.1.3', '10.244.2.2']);
    expect(network.get(a, b.address)).toBe('b sees 10.244.1.2');
    expect(network.get(a, c.address)).toBe('c sees 10.244.1.2');
    expect(network.get(c, a.address)).toBe('a sees 10.244.2.2');
  });

  it('lets nodes and pods reach each other without NAT', () => {
    const network = new TestNetwork();
    const a = network.pod('worker-1', 'a');
    serveWhoAmI(a);
    const near = network.node('worker-1').hostStack;
    const far = network.node('worker-2').hostStack;
    serveWhoAmI(near, 10250);
    serveWhoAmI(far, 10250);
    expect(network.get(far, a.address)).toBe('a sees 10.0.0.12');
    // From its own node, a packet leaves by the bridge and bears the bridge's address.
    expect(network.get(near, a.address)).toBe('a sees 10.244.1.1');
    expect(network.get(a, '10.0.0.11', 10250)).toBe('worker-1 sees 10.244.1.2');
    expect(network.get(a, '10.0.0.12', 10250)).toBe('worker-2 sees 10.244.1.2');
  });

  it('shows a pod the same address that others see', () => {
    const network = new TestNetwork();
    const a = network.pod('worker-1', 'a');
    serveWhoAmI(a);
    expect(network.get(a, a.address)).toBe(`a sees ${a.address}`);
    expect(network.get(a, 'localhost')).toBe('a sees 127.0.0.1');
    expect(network.get(a, 'a')).toBe(`a sees ${a.address}`);
  });

  it('gives packets to the world outside the address of their node', () => {
    const network = new TestNetwork();
    const a = network.pod('worker-1', 'a');
    network.fabric.addMachine('laptop', '198.51.100.10');
    const laptop = network.fabric.machine('laptop')!;
    const b = network.pod('worker-2', 'b', { hostNetwork: true });
    expect(b.address).toBe('10.0.0.12');
    const seen: string[] = [];
    const stack = new ProcessStack(laptop.namespace, 'laptop', a.resolver);
    stack.serveHttp(80, (request) => {
      seen.push(request.remoteAddress);
      return immediately(text('hello'));
    });
    expect(network.get(a, '198.51.100.10')).toBe('hello');
    expect(seen).toEqual(['10.0.0.11']);
  });

  it('refuses at a closed port, finds no host behind a free address, and times out when the way is cut', () => {
    const network = new TestNetwork();
    const a = network.pod('worker-1', 'a');
    const c = network.pod('worker-2', 'c');
    serveWhoAmI(c);
    expect(network.get(a, c.address, 81)).toBe('ECONNREFUSED');
    expect(network.get(a, '10.244.1.77')).toBe('EHOSTUNREACH');
    expect(network.get(a, '10.244.2.77')).toBe('EHOSTUNREACH');
    network.fabric.isolate('worker-2', true);
    const before = network.engine.now;
    expect(network.get(a, c.address, 80, 5 * SECOND)).toBe('ETIMEDOUT');
    expect(network.engine.now - before).toBe(5 * SECOND);
    network.fabric.isolate('worker-2', false);
    expect(network.get(a, c.address)).toBe('c sees 10.244.1.2');
    network.fabric.sever('worker-2', 'worker-1', true);
    expect(network.get(a, c.address)).toBe('ETIMEDOUT');
    expect(network.engine.now - before).toBeGreaterThan(2 * MINUTE);
  });

  it('frees a pod’s address and closes its sockets when its sandbox goes', () => {
    const network = new TestNetwork();
    const a = network.pod('worker-1', 'a');
    const b = network.pod('worker-1', 'b', { sandboxId: 'gone' });
    const { address } = b;
    serveWhoAmI(b);
    expect(network.get(a, address)).toBe(`b sees ${a.address}`);
    network.node('worker-1').tearDown('gone');
    expect(network.get(a, address)).toBe('EHOSTUNREACH');
    // The next pod gets the next address; a freed one is used again last.
    expect(network.pod('worker-1', 'c').address).toBe('10.244.1.4');
    expect(network.node('worker-1').machine.namespace.interfaces.size).toBe(4);
  });

  it('says why pods cannot be connected', () => {
    const network = new TestNetwork();
    const node = network.node('worker-1');
    expect(node.notReady()).toBeUndefined();
    node.removeConfig('10-kindnet.conflist');
    expect(node.notReady()).toBe('cni plugin not initialized');
    expect(() => network.pod('worker-1', 'a')).toThrow('cni plugin not initialized');
    node.installConfig('10-x.conflist', { cniVersion: '1.0.0', name: 'x', plugins: [{ type: 'nope' }] });
    expect(() => network.pod('worker-1', 'a')).toThrow('failed to find plugin "nope" in path [/opt/cni/bin]');
    node.installConfig('05-small.conflist', {
      cniVersion: '1.0.0',
      name: 'small',
      plugins: [
        { type: 'bridge', bridge: 'cni1', ipam: { type: 'host-local', ranges: [[{ subnet: '10.9.0.0/30' }]] } },
      ],
    });
    expect(network.pod('worker-1', 'a').address).toBe('10.9.0.2');
    expect(() => network.pod('worker-1', 'b')).toThrow(
      'plugin type="bridge" failed (add): failed to allocate for range 0: no IP addresses available in range set: 10.9.0.1-10.9.0.2',
    );
  });

  it('maps host ports', () => {
    const network = new TestNetwork();
    const a = network.pod('worker-1', 'a', {
      sandboxId: 'mapped',
      portMappings: [{ protocol: 'TCP', containerPort: 80, hostPort: 8080, hostIp: '' }],
    });
    serveWhoAmI(a);
    const c = network.pod('worker-2', 'c');
    expect(network.get(c, '10.0.0.11', 8080)).toBe('a sees 10.244.2.2');
    expect(network.get(network.node('worker-1').hostStack, '127.0.0.1', 8080)).toBe('a sees 10.244.1.1');
    network.node('worker-1').tearDown('mapped');
    expect(network.get(c, '10.0.0.11', 8080)).toBe('ECONNREFUSED');
  });
});

describe('packets', () => {
  it('write down each hop and what decided it', () => {
    const network = new TestNetwork(undefined, { level: 'full' });
    const a = network.pod('worker-1', 'a');
    const c = network.pod('worker-2', 'c');
    serveWhoAmI(c);
    network.get(a, c.address);
    const [packet] = network.engine.trace.since(0).filter(({ kind }) => kind === 'packet');
    const { hops, outcome, about } = packet!.data as import('./trace.ts').PacketTrace;
    expect({ outcome, about }).toEqual({ outcome: 'delivered', about: 'GET /' });
    const steps = hops.map(({ where, interface: device, decision }) => {
      const { by, ...rest } = decision;
      return `${where} ${device} ${by} ${Object.values(rest).join(' ')}`.replace(/veth\w{8}/, 'veth*');
    });
    expect(steps).toEqual([
      'default/a eth0 route default via 10.244.1.1 dev eth0',
      'default/a eth0 veth veth*',
      'worker-1 eth0 route 10.244.2.0/24 via 10.0.0.12 dev eth0',
      'worker-1 eth0 link worker-2',
      'worker-2 cni0 route 10.244.2.0/24 dev cni0 proto kernel scope link src 10.244.2.1',
      'worker-2 cni0 bridge veth*',
      'default/c eth0 socket 10.244.2.2:80',
    ]);
  });

  it('change nothing by being traced', () => {
    const run = (level: 'off' | 'full') => {
      const network = new TestNetwork(undefined, { level });
      const a = network.pod('worker-1', 'a');
      const c = network.pod('worker-2', 'c');
      serveWhoAmI(c);
      return [network.get(a, c.address), network.get(a, c.address, 81), network.engine.now, network.engine.executed];
    };
    expect(run('full')).toEqual(run('off'));
  });
});

describe('connections', () => {
  it('carry text both ways and tell of the end', () => {
    const network = new TestNetwork();
    const a = network.pod('worker-1', 'a');
    const c = network.pod('worker-2', 'c');
    c.listen(9000, function* echo(connection) {
      for (let piece = yield* connection.read(); piece !== undefined; piece = yield* connection.read())
        connection.write(`${connection.remoteAddress}: ${piece}`);
    });
    const answer = network.run(
      (function* client() {
        const connection = yield* a.connect(c.address, 9000);
        connection.write('hello');
        const piece = yield* connection.read();
        connection.close();
        return piece;
      })(),
    );
    expect(answer).toBe('10.244.1.2: hello');
    network.engine.runUntil(network.engine.now + SECOND);
    expect([...c.namespace.connections]).toEqual([]);
    expect([...a.namespace.connections]).toEqual([]);
  });

  it('are reset when the server’s process ends, and the port is free again', () => {
    const network = new TestNetwork();
    const a = network.pod('worker-1', 'a');
    const c = network.pod('worker-2', 'c');
    const process = c.forProcess();
    process.listen(9000, function* silent(connection) {
      yield* connection.read();
    });
    expect(() => c.forProcess().listen(9000, function* other() {})).toThrow('Address already in use');
    const client = (function* wait() {
      const connection = yield* a.connect(c.address, 9000);
      network.engine.after(SECOND, () => process.release());
      return yield* connection.read();
    })();
    expect(() => network.run(client)).toThrow('Connection reset by peer');
    expect(network.get(a, c.address, 9000)).toBe('ECONNREFUSED');
    serveWhoAmI(c.forProcess(), 9000);
    expect(network.get(a, c.address, 9000)).toBe('c sees 10.244.1.2');
  });

  it('to an HTTP server carry HTTP as text', () => {
    const network = new TestNetwork();
    const a = network.pod('worker-1', 'a');
    serveWhoAmI(a);
    const answer = network.run(
      (function* client() {
        const connection = yield* network.node('worker-1').hostStack.connect(a.address, 80);
        connection.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
        let all = '';
        for (let piece = yield* connection.read(); piece !== undefined; piece = yield* connection.read()) all += piece;
        return all;
      })(),
    );
    expect(answer).toBe('HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\na sees 10.244.1.1');
  });

  it('serve HTTP written by a program that speaks TCP', () => {
    const network = new TestNetwork();
    const a = network.pod('worker-1', 'a');
    a.listen(80, function* server(connection) {
      yield* connection.read();
      connection.write('HTTP/1.1 200 OK\r\n\r\nby hand');
    });
    expect(network.get(network.pod('worker-2', 'b'), a.address)).toBe('by hand');
  });

  it('survive a cut shorter than their patience', () => {
    const network = new TestNetwork();
    const a = network.pod('worker-1', 'a');
    const c = network.pod('worker-2', 'c');
    const got: string[] = [];
    c.listen(9000, function* collect(connection) {
      for (let piece = yield* connection.read(); piece !== undefined; piece = yield* connection.read()) got.push(piece);
    });
    network.run(
      (function* client() {
        const connection = yield* a.connect(c.address, 9000);
        network.fabric.isolate('worker-1', true);
        connection.write('one');
        connection.write('two');
      })(),
    );
    network.engine.runUntil(network.engine.now + 10 * SECOND);
    expect(got).toEqual([]);
    network.fabric.isolate('worker-1', false);
    network.engine.runUntil(network.engine.now + 30 * SECOND);
    expect(got).toEqual(['one', 'two']);
  });
});

describe('probes', () => {
  it('are answered at once by servers that do not wait', () => {
    const network = new TestNetwork();
    const a = network.pod('worker-1', 'a');
    serveWhoAmI(a);
    const host = network.node('worker-1').hostStack;
    const before = network.engine.executed;
    const results: unknown[] = [];
    host.probeHttp(a.address, 80, { path: '/' }, SECOND, (result) =>
      results.push('status' in result ? result.status : result.code),
    );
    host.probeHttp(a.address, 81, { path: '/' }, SECOND, (result) =>
      results.push('status' in result ? result.status : result.code),
    );
    host.probeTcp(a.address, 80, SECOND, (error) => results.push(error?.code));
    host.probeTcp(a.address, 81, SECOND, (error) => results.push(error?.code));
    expect(results).toEqual([200, 'ECONNREFUSED', undefined, 'ECONNREFUSED']);
    expect(network.engine.executed).toBe(before);
    expect(network.engine.nextTime()).toBeUndefined();
  });

  it('wait for servers that take their time, and give up at the deadline', () => {
    const network = new TestNetwork();
    const a = network.pod('worker-1', 'a');
    let delay = SECOND / 2;
    a.serveHttp(80, function* slow() {
      yield (resume, _fail, engine) => {
        const timer = engine.after(delay, resume);
        return () => engine.cancel(timer);
      };
      return text('late');
    });
    const host = network.node('worker-1').hostStack;
    const results: unknown[] = [];
    const probe = () =>
      host.probeHttp(a.address, 80, { path: '/' }, SECOND, (result) =>
        results.push('status' in result ? result.body : result.code),
      );
    probe();
    network.engine.runUntil(network.engine.now + 2 * SECOND);
    delay = 3 * SECOND;
    probe();
    network.engine.runUntil(network.engine.now + 2 * SECOND);
    expect(results).toEqual(['late', 'ETIMEDOUT']);
  });
});
