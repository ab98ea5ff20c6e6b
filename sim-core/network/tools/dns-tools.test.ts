import { expect, it } from 'vitest';
import { MILLISECOND } from '../../engine/index.ts';
import type { DnsResponse, RecordType } from '../dns/message.ts';
import { isQuery } from '../dns/message.ts';
import { TestNetwork } from '../testing/test-network.ts';
import { TestProcess } from '../testing/test-process.ts';
import { nslookup } from './dns-lookup.ts';
import { NETWORK_TOOLS } from './programs.ts';

const WEB = 'web.default.svc.cluster.local.';
const RECORDS: Readonly<Record<string, readonly [RecordType, string][]>> = {
  [WEB]: [['A', '10.96.0.50']],
  'shop.default.svc.cluster.local.': [
    ['CNAME', 'shop.example.com.'],
    ['A', '198.51.100.80'],
  ],
  [`_http._tcp.${WEB}`]: [['SRV', `0 100 80 ${WEB}`]],
  '50.0.96.10.in-addr.arpa.': [['PTR', WEB]],
};

/** A client that asks a server with four names. */
function start() {
  const network = new TestNetwork();
  const server = network.pod('worker-2', 'dns');
  server.serveUdp(53, function* serve({ payload }): Generator<never, DnsResponse | undefined> {
    if (!isQuery(payload)) return undefined;
    const all = Object.hasOwn(RECORDS, payload.name) ? RECORDS[payload.name]! : undefined;
    const fits = (all ?? []).filter(([type]) => type === payload.type || type === 'CNAME');
    const answers = (fits.length > 0 && all !== undefined ? all : []).map(([type, data]) => ({
      name: payload.name,
      type,
      ttl: 30,
      data,
    }));
    return {
      kind: 'dns-response',
      code: all === undefined ? 'NXDOMAIN' : 'NOERROR',
      authoritative: true,
      answers: fits.length > 0 ? answers : [],
    };
  });
  const client = network.pod('worker-1', 'client', {
    dnsConfig: {
      servers: [server.address],
      searches: ['default.svc.cluster.local', 'svc.cluster.local'],
      options: ['ndots:5'],
    },
  });
  const run = (command: string, program = NETWORK_TOOLS[command.split(' ')[0]!]!) => {
    const process = new TestProcess(program, client, command.split(' '));
    const { engine } = network;
    while (process.code === undefined && engine.nextTime() !== undefined) engine.step();
    return { text: process.output, code: process.code };
  };
  return { network, server, run };
}

it('nslookup shows the whole name that it found, each flavour in its way', () => {
  const { server, run } = start();
  const at = server.address;
  const answer = 'Name:\tweb.default.svc.cluster.local\nAddress: 10.96.0.50\n\n';
  expect(run('nslookup web')).toEqual({ text: `Server:\t\t${at}\nAddress:\t${at}#53\n\n${answer}`, code: 0 });
  expect(run('nslookup web', nslookup('busybox')).text).toBe(`Server:\t\t${at}\nAddress:\t${at}:53\n\n${answer}`);
  expect(run('nslookup nope')).toMatchObject({
    text: expect.stringContaining("** server can't find nope: NXDOMAIN"),
    code: 1,
  });
  expect(run('nslookup shop').text).toContain(
    'shop.default.svc.cluster.local\tcanonical name = shop.example.com.\nName:\tshop.default.svc.cluster.local\nAddress: 198.51.100.80\n',
  );
  expect(run(`nslookup -type=srv _http._tcp.web`).text).toContain(`service = 0 100 80 ${WEB}\n`);
  expect(run('nslookup 10.96.0.50').text).toBe(`50.0.96.10.in-addr.arpa\tname = ${WEB}\n`.concat('\n'));
  expect(run('nslookup -type=txt web').text).toContain("*** Can't find web: No answer");
  expect(run('host web').text).toBe('web.default.svc.cluster.local has address 10.96.0.50\n');
});

it('dig asks for what it is given, and searches only when told to', () => {
  const { server, run } = start();
  expect(run(`dig +short ${WEB}`).text).toBe('10.96.0.50\n');
  expect(run('dig +short web').text).toBe('');
  expect(run('dig +search +short web').text).toBe('10.96.0.50\n');
  expect(run(`dig +short SRV _http._tcp.${WEB}`).text).toBe(`0 100 80 ${WEB}\n`);
  expect(run(`dig _http._tcp.${WEB} SRV +short`).text).toBe(`0 100 80 ${WEB}\n`);
  expect(run('dig -x 10.96.0.50 +short').text).toBe(`${WEB}\n`);
  expect(run(`dig -t A +noall +answer ${WEB}`).text).toBe(`${WEB} 30 IN\tA\t10.96.0.50\n`);
  const whole = run(`dig @${server.address} ${WEB}`).text;
  expect(whole).toContain('status: NOERROR, id: ');
  expect(whole).toContain(';; flags: qr aa rd; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0\n');
  expect(whole).toContain(`;; QUESTION SECTION:\n;${WEB}\tIN\tA\n\n;; ANSWER SECTION:\n`);
  expect(run('dig web').text).toContain('status: NXDOMAIN');
  expect(run('dig +nonsense web').text).toContain('Invalid option: +nonsense');
});

it('says that nobody answers', () => {
  const { network, run } = start();
  network.fabric.isolate('worker-2', true);
  network.engine.runUntil(network.engine.now + MILLISECOND);
  expect(run('nslookup web')).toMatchObject({
    text: expect.stringContaining('no servers could be reached'),
    code: 1,
  });
  expect(run(`dig ${WEB}`)).toMatchObject({ text: expect.stringContaining('timed out'), code: 9 });
});
