import { describe, expect, it } from 'vitest';
import { SECOND } from '../../engine/index.ts';
import { services } from '../../resources/service.ts';
import { ProcessStack } from '../stack.ts';
import { TestProcess } from '../testing/test-process.ts';
import { TestServices } from '../testing/test-services.ts';
import { corednsProgram } from './coredns.ts';
import { CorefileError, DEFAULT_COREFILE, parseCorefile } from './corefile.ts';
import { isQuery, type RecordType } from './message.ts';

const COREFILE = '/etc/coredns/Corefile';

function withDns(corefile = DEFAULT_COREFILE) {
  const all = new TestServices();
  const { network, cluster } = all;
  const dns = network.pod('worker-2', 'coredns', { dnsConfig: { servers: ['10.0.0.2'], searches: [], options: [] } });
  const program = corednsProgram('1.12.0', cluster.engine, () => all.client('coredns'));
  const process = new TestProcess(program, dns, ['/coredns', '-conf', COREFILE], { [COREFILE]: corefile });
  all.service('kube-dns', { clusterIP: '10.96.0.10', ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] });
  all.endpoints('kube-dns', [{ address: dns.address }], [{ name: 'dns', port: 53, protocol: 'UDP' }]);
  const client = network.pod('worker-1', 'client', {
    dnsConfig: {
      servers: ['10.96.0.10'],
      searches: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
      options: ['ndots:5'],
    },
  });
  all.service('web', {
    clusterIP: '10.96.0.50',
    ports: [
      { name: 'http', port: 80 },
      { name: 'metrics', port: 9090 },
    ],
  });
  all.service('db', { clusterIP: 'None', ports: [{ name: 'mysql', port: 3306 }], selector: { app: 'db' } });
  all.endpoints(
    'db',
    [
      { address: '10.244.1.20', hostname: 'db-0' },
      { address: '10.244.2.21', hostname: 'db-1' },
      { address: '10.244.2.22', ready: false, hostname: 'db-2' },
      { address: '10.244.2.23' },
    ],
    [{ name: 'mysql', port: 3306, protocol: 'TCP' }],
  );
  all.service('shop', { type: 'ExternalName', externalName: 'shop.example.com', clusterIP: undefined, ports: [] });
  all.service('alias', {
    type: 'ExternalName',
    externalName: 'web.default.svc.cluster.local',
    clusterIP: undefined,
    ports: [],
  });
  all.settle();
  /** Answers as `dig +short`, sorted; or the code. */
  const dig = (name: string, type: RecordType = 'A', from: ProcessStack = client) => {
    const { code, answers } = network.run(from.query(name, type));
    return code === 'NOERROR' ? answers.map(({ data }) => data).sort() : code;
  };
  return { all, network, cluster, client, dns, process, dig };
}

describe('CoreDNS', () => {
  it('knows Services, headless Services and the endpoints of StatefulSets', () => {
    const { dig } = withDns();
    expect(dig('web.default.svc.cluster.local')).toEqual(['10.96.0.50']);
    expect(dig('db.default.svc.cluster.local')).toEqual(['10.244.1.20', '10.244.2.21', '10.244.2.23']);
    expect(dig('db-1.db.default.svc.cluster.local')).toEqual(['10.244.2.21']);
    expect(dig('10-244-2-23.db.default.svc.cluster.local')).toEqual(['10.244.2.23']);
    // An endpoint that is not ready has no name.
    expect(dig('db-2.db.default.svc.cluster.local')).toBe('NXDOMAIN');
  });

  it('answers SRV, CNAME, PTR, TXT and pods', () => {
    const { dig } = withDns();
    expect(dig('_http._tcp.web.default.svc.cluster.local', 'SRV')).toEqual(['0 100 80 web.default.svc.cluster.local.']);
    expect(dig('_mysql._tcp.db.default.svc.cluster.local', 'SRV')).toEqual([
      '0 33 3306 10-244-2-23.db.default.svc.cluster.local.',
      '0 33 3306 db-0.db.default.svc.cluster.local.',
      '0 33 3306 db-1.db.default.svc.cluster.local.',
    ]);
    expect(dig('_nope._tcp.web.default.svc.cluster.local', 'SRV')).toBe('NXDOMAIN');
    expect(dig('50.0.96.10.in-addr.arpa', 'PTR')).toEqual(['web.default.svc.cluster.local.']);
    expect(dig('20.1.244.10.in-addr.arpa', 'PTR')).toEqual(['db-0.db.default.svc.cluster.local.']);
    expect(dig('10-244-1-20.default.pod.cluster.local')).toEqual(['10.244.1.20']);
    expect(dig('dns-version.cluster.local', 'TXT')).toEqual(['"1.1.0"']);
    expect(dig('alias.default.svc.cluster.local')).toEqual(['10.96.0.50', 'web.default.svc.cluster.local.']);
    expect(dig('shop.default.svc.cluster.local', 'CNAME')).toEqual(['shop.example.com.']);
  });

  it('tells a name that does not exist from one without such a record', () => {
    const { dig } = withDns();
    expect(dig('nope.default.svc.cluster.local')).toBe('NXDOMAIN');
    expect(dig('web.nowhere.svc.cluster.local')).toBe('NXDOMAIN');
    expect(dig('web.default.svc.cluster.local', 'AAAA')).toEqual([]);
    expect(dig('default.svc.cluster.local')).toEqual([]);
  });

  it('is reached through its Service, by short names', () => {
    const { all, network, client } = withDns();
    const a = all.pod('worker-2', 'a');
    all.endpoints('web', [{ address: a.address }], [{ name: 'http', port: 80, protocol: 'TCP' }]);
    all.settle();
    for (const name of ['web', 'web.default', 'web.default.svc.cluster.local', 'web.default.svc.cluster.local.']) {
      expect(network.get(client, name)).toBe(`a sees ${client.address}`);
    }
    expect(network.get(client, 'wbe')).toBe('ENOTFOUND');
    expect(network.run(client.resolve('web'))).toEqual(['10.96.0.50']);
  });

  it('asks for as many names as search domains and ndots make it', () => {
    const asked: string[] = [];
    const { network } = withDns();
    const spy = network.pod('worker-1', 'spy');
    spy.serveUdp(53, function* answer({ payload }) {
      yield* [];
      if (isQuery(payload)) asked.push(payload.name);
      return { kind: 'dns-response', code: 'NXDOMAIN', authoritative: true, answers: [] };
    });
    const resolver = network.pod('worker-1', 'asker', {
      dnsConfig: {
        servers: [spy.address],
        searches: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
        options: ['ndots:5'],
      },
    });
    expect(() => network.run(resolver.resolve('www.example.com'))).toThrow(
      'www.example.com: Name or service not known',
    );
    expect(asked).toEqual([
      'www.example.com.default.svc.cluster.local.',
      'www.example.com.svc.cluster.local.',
      'www.example.com.cluster.local.',
      'www.example.com.',
    ]);
  });

  it('forwards other names, and caches them', () => {
    const { network, dig } = withDns();
    let asked = 0;
    const upstream = network.fabric.addMachine('resolver', '10.0.0.2');
    const stack = new ProcessStack(upstream.namespace, 'resolver', network.node('worker-1').hostStack.resolver);
    stack.serveUdp(53, function* answer({ payload }) {
      yield* [];
      asked++;
      const known = isQuery(payload) && payload.name === 'shop.example.com.' && payload.type === 'A';
      const answers = known ? [{ name: 'shop.example.com.', type: 'A', ttl: 60, data: '198.51.100.80' }] : [];
      return { kind: 'dns-response', code: known ? 'NOERROR' : 'NXDOMAIN', authoritative: true, answers };
    });
    expect(dig('shop.example.com')).toEqual(['198.51.100.80']);
    expect(dig('shop.example.com')).toEqual(['198.51.100.80']);
    expect(asked).toBe(1);
    expect(dig('shop.default.svc.cluster.local')).toEqual(['198.51.100.80', 'shop.example.com.']);
    network.engine.runUntil(network.engine.now + 31 * SECOND);
    dig('shop.example.com');
    expect(asked).toBe(2);
    expect(dig('nope.example.com')).toBe('NXDOMAIN');
    network.fabric.isolate('resolver', true);
    network.engine.runUntil(network.engine.now + 31 * SECOND);
    expect(dig('shop.example.com')).toBe('SERVFAIL');
  });

  it('follows changes of Services and endpoints', () => {
    const { all, dig } = withDns();
    all.endpoints('db', [{ address: '10.244.1.99' }], [{ name: 'mysql', port: 3306, protocol: 'TCP' }]);
    all.settle();
    expect(dig('db.default.svc.cluster.local')).toEqual(['10.244.1.99']);
    all.cluster.client.delete(services, 'default', 'web');
    all.settle();
    expect(dig('web.default.svc.cluster.local')).toBe('NXDOMAIN');
  });

  it('that is down leaves names unknown, but addresses work', () => {
    const { all, network, client, process } = withDns();
    const a = all.pod('worker-2', 'a');
    process.signal('SIGTERM');
    network.engine.runUntil(network.engine.now + 10 * SECOND);
    expect(process.code).toBe(0);
    expect(process.output).toContain('[INFO] plugin/health: Going into lameduck mode for 5s');
    all.endpoints('kube-dns', [], []);
    all.settle();
    expect(() => network.run(client.resolve('web'))).toThrow('web: Temporary failure in name resolution');
    expect(network.get(client, a.address)).toBe(`a sees ${client.address}`);
  });

  it('reads its Corefile again when it changes, and keeps the old one when the new one is wrong', () => {
    const { network, process, dig } = withDns();
    process.files.set(COREFILE, DEFAULT_COREFILE.replace('    loop\n', '    hosts {\n 10.0.0.5 db.example.com\n }\n'));
    network.engine.runUntil(network.engine.now + 40 * SECOND);
    expect(process.output).toContain('[INFO] Reloading complete');
    expect(dig('db.example.com')).toEqual(['10.0.0.5']);
    process.files.set(COREFILE, '.:53 {\n    kubernets cluster.local\n}\n');
    network.engine.runUntil(network.engine.now + 40 * SECOND);
    expect(process.output).toContain(
      "Restart failed: /etc/coredns/Corefile:2 - Error during parsing: Unknown directive 'kubernets'",
    );
    expect(dig('db.example.com')).toEqual(['10.0.0.5']);
  });

  it('knows names written into its Corefile; without fallthrough, only those', () => {
    const hosts = (rest: string) =>
      DEFAULT_COREFILE.replace('    ready\n', `    ready\n    hosts {\n 10.0.0.5 db.example.com\n ${rest}\n }\n`);
    const closed = withDns(hosts('ttl 60'));
    expect(closed.dig('db.example.com')).toEqual(['10.0.0.5']);
    expect(closed.dig('web.default.svc.cluster.local')).toBe('SERVFAIL');
    const open = withDns(hosts('fallthrough'));
    expect(open.dig('db.example.com')).toEqual(['10.0.0.5']);
    expect(open.dig('web.default.svc.cluster.local')).toEqual(['10.96.0.50']);
  });

  it('rewrites names, and answers under the name that was asked for', () => {
    const lines = [
      'rewrite name shop.test web.default.svc.cluster.local',
      'rewrite name suffix .corp.test. .default.svc.cluster.local.',
      'rewrite stop name substring old web',
    ];
    const { network, client, dig, process } = withDns(
      DEFAULT_COREFILE.replace('    errors\n', `    errors\n    log\n    ${lines.join('\n    ')}\n`),
    );
    expect(network.run(client.query('shop.test', 'A')).answers).toMatchObject([
      { name: 'shop.test.', data: '10.96.0.50' },
    ]);
    expect(dig('web.corp.test')).toEqual(['10.96.0.50']);
    expect(dig('old.default.svc.cluster.local')).toEqual(['10.96.0.50']);
    expect(process.output).toMatch(
      /^\[INFO\] 10\.244\.1\.\d+:(\d+) - \1 "A IN shop\.test\. udp 27 false 512" NOERROR qr,aa,rd \d+ 0\.?\d*s$/m,
    );
    expect(() => parseCorefile('. {\n rewrite name regex (.*) web\n}')).toThrow('regex is not simulated by sim-core');
    expect(() => parseCorefile('. {\n rewrite name web\n}')).toThrow('wrong argument count');
  });

  it('forwards zones to servers of their own', () => {
    const { network, dig } = withDns(
      DEFAULT_COREFILE.replace('    forward . /', '    forward corp.test 10.0.0.9\n    forward . /'),
    );
    const { namespace } = network.fabric.addMachine('corp', '10.0.0.9');
    const server = new ProcessStack(namespace, 'corp', network.node('worker-1').hostStack.resolver);
    let asked = 0;
    server.serveUdp(53, function* serve({ payload }) {
      yield* [];
      if (!isQuery(payload)) return undefined;
      asked++;
      const answers = [{ name: payload.name, type: 'A' as const, ttl: 60, data: '172.16.0.9' }];
      return { kind: 'dns-response', code: 'NOERROR', authoritative: true, answers };
    });
    expect(dig('git.corp.test')).toEqual(['172.16.0.9']);
    expect(dig('web.default.svc.cluster.local')).toEqual(['10.96.0.50']);
    expect(asked).toBe(1);
  });

  it('says what is wrong with a Corefile', () => {
    expect(() => parseCorefile('. {\n errors\n')).toThrow(CorefileError);
    expect(() => parseCorefile('. {\n dnssec\n}')).toThrow("plugin 'dnssec' is not simulated by sim-core");
    const { process } = withDns('.:53 {\n  nope\n}\n');
    expect(process.code).toBe(1);
    expect(process.output).toBe("/etc/coredns/Corefile:2 - Error during parsing: Unknown directive 'nope'\n");
  });

  it('answers its probes', () => {
    const { network, dns } = withDns();
    const host = network.node('worker-2').hostStack;
    expect(network.get(host, dns.address, 8080)).toBe('OK');
    expect(network.get(host, dns.address, 8181)).toBe('OK');
  });
});
