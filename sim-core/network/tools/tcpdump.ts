import { utf8Length } from '../../api/utf8.ts';
import { type Coroutine, civilTime, type Micros, suspend } from '../../engine/index.ts';
import type { Process } from '../../images/process.ts';
import type { Content, Seen } from '../capture.ts';
import { formatIPv4 } from '../ipv4.ts';
import { ICMP } from '../packet.ts';
import { stackOf } from '../stack.ts';
import { FilterError, type PacketFilter, parseFilter, VXLAN_PORT } from './packet-filter.ts';

interface Options {
  readonly device: string;
  readonly count: number;
  /** `-q` */
  readonly quick: boolean;
  /** `-t` */
  readonly untimed: boolean;
  /** `-A` */
  readonly content: boolean;
  readonly filter: string;
}

/** Options that take a value which changes nothing here. */
const VALUES = new Set(['s', 'B', 'C', 'W', 'G', 'Q']);

function optionsOf(args: readonly string[]): Options | string {
  let [device, count, quick, untimed, content] = ['', Number.POSITIVE_INFINITY, false, false, false];
  const words: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const word = args[index]!;
    if (word === '--immediate-mode' || word === '--no-promiscuous-mode') continue;
    if (!word.startsWith('-') || word === '-') {
      words.push(word);
      continue;
    }
    const letters = word.startsWith('--interface') ? 'i' : word.slice(1);
    for (let at = 0; at < letters.length; at++) {
      const letter = letters[at]!;
      const value = () => {
        const attached = letters.slice(at + 1);
        at = letters.length;
        return attached === '' ? (args[++index] ?? '') : attached;
      };
      if (letter === 'i') device = value();
      else if (letter === 'c') count = Number(value());
      else if (letter === 'q') quick = true;
      else if (letter === 't') untimed = true;
      else if (letter === 'A') content = true;
      else if (letter === 'w' || letter === 'r')
        return 'sim-core prints packets, and neither writes nor reads capture files';
      else if (VALUES.has(letter)) value();
      else if (!'nvelUKp'.includes(letter)) return `tcpdump: invalid option -- '${letter}'`;
    }
  }
  return { device, count, quick, untimed, content, filter: words.join(' ') };
}

/** `09:00:01.000123` */
function clock(time: Micros): string {
  const { hour, minute, second } = civilTime(time);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(hour)}:${two(minute)}:${two(second)}.${String(time % 1_000_000).padStart(6, '0')}`;
}

function contentText(what: Content, quick: boolean): string {
  switch (what.kind) {
    case 'tcp': {
      const length = utf8Length(what.text);
      if (quick) return `tcp ${length}`;
      const first = /^(HTTP\/1\.1 [^\r]*|[A-Z]+ \S+ HTTP\/1\.1)/.exec(what.text)?.[0];
      return `Flags [${what.flags}], length ${length}${first === undefined ? '' : `: HTTP: ${first}`}`;
    }
    case 'dns':
      return quick ? `UDP, length ${what.length}` : `${what.id}${what.text} (${what.length})`;
    case 'udp':
      return `UDP, length ${what.length}`;
    case 'icmp':
      return `ICMP ${what.text}`;
  }
}

/** A line as tcpdump prints it: `eth0  Out IP 10.244.1.2.32768 > 10.96.0.10.53: …`. Sequence numbers and windows are not simulated. */
function line(seen: Seen, options: Options): string {
  const { protocol, source, sourcePort, destination, destinationPort, outer, what } = seen;
  const end = (address: number, port: number) =>
    `${formatIPv4(address)}${protocol === ICMP || what.kind === 'icmp' ? '' : `.${port}`}`;
  const about =
    what.kind === 'icmp' && protocol !== ICMP
      ? `ICMP ${formatIPv4(source)} ${what.text.replace('port', `port ${sourcePort}`)}, length 68`
      : contentText(what, options.quick);
  let text = `IP ${end(source, sourcePort)} > ${end(destination, destinationPort)}: ${about}`;
  if (outer !== undefined) {
    const [from, to] = [formatIPv4(outer.source), formatIPv4(outer.destination)];
    text =
      outer.kind === 'ipip'
        ? `IP ${from} > ${to}: ${text}`
        : `IP ${from}.${sourcePort} > ${to}.${VXLAN_PORT}: OTV, flags [I] (0x08), overlay 0, instance ${outer.vni}\n${text}`;
  }
  const where = options.device === 'any' ? `${seen.interface.padEnd(5)} ${seen.direction.padEnd(3)} ` : '';
  const time = options.untimed ? '' : `${clock(seen.at)} `;
  const body =
    options.content && what.kind === 'tcp' && what.text !== '' ? `\n${what.text.replace(/[^\n\x20-\x7e]/g, '.')}` : '';
  return `${time}${where}${text}${body}\n`;
}

/** tcpdump: prints the packets that pass an interface, until `-c` of them or an interrupt. */
export function* tcpdump(process: Process): Coroutine<number> {
  const { namespace } = stackOf(process.network);
  const parsed = optionsOf(process.argv.slice(1));
  const fail = (text: string) => {
    process.stderr.write(`${text}\n`);
    return 1;
  };
  if (typeof parsed === 'string') return fail(parsed);
  const [first = 'lo'] = namespace.interfaces.keys();
  const device = parsed.device === '' ? first : parsed.device;
  const options = { ...parsed, device };
  if (process.user !== 0)
    return fail(`tcpdump: ${device}: You don't have permission to perform this capture on that device`);
  if (device !== 'any' && device !== 'lo' && !namespace.interfaces.has(device))
    return fail(`tcpdump: ${device}: No such device exists\n(No such device exists)`);
  let filter: PacketFilter;
  try {
    filter = parseFilter(options.filter);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    return fail(`tcpdump: ${error.message}`);
  }
  const link = device === 'any' ? 'LINUX_SLL2 (Linux cooked v2)' : 'EN10MB (Ethernet)';
  process.stderr.write(
    `tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\nlistening on ${device}, link-type ${link}, snapshot length 262144 bytes\n`,
  );
  let captured = 0;
  let stop = () => {};
  yield* suspend<void>((resume) => {
    stop = namespace.watch((seen) => {
      if ((device !== 'any' && seen.interface !== device) || !filter(seen) || captured >= options.count) return;
      captured++;
      process.stdout.write(line(seen, options));
      if (captured >= options.count) resume();
    });
    process.onSignal('SIGINT', () => resume());
    process.onSignal('SIGTERM', () => resume());
    return stop;
  });
  stop();
  process.stderr.write(
    `${captured} packet${captured === 1 ? '' : 's'} captured\n${captured} packet${captured === 1 ? '' : 's'} received by filter\n0 packets dropped by kernel\n`,
  );
  return 0;
}
