import { utf8Length } from '../../api/utf8.ts';
import type { Program } from '../../images/process.ts';
import { answers, type Command, CommandError, commandLine, type Invocation, mustAnswer } from './command.ts';
import { databaseOf } from './database.ts';
import type { Etcd } from './etcd.ts';
import { KV_COMMANDS } from './kv-commands.ts';
import { LEASE_COMMANDS } from './lease-commands.ts';
import { ETCD_VERSION, header, MEMBER, table } from './print.ts';
import { SNAPSHOT_COMMANDS, size, UTILITY_COMMANDS } from './snapshots.ts';

const RAFT_TERM = '2';
/** To commit takes no time in the cluster's: this is what a quick disk takes. */
const TOOK = '1.2ms';
/** An empty database's pages. */
const EMPTY_SIZE = 20 * 1024;

function health(call: Invocation): void {
  const { tool, endpoint, format } = call;
  const up = answers(call);
  if (format === 'table')
    tool.out(
      table(
        ['ENDPOINT', 'HEALTH', 'TOOK', 'ERROR'],
        [[endpoint, String(up), TOOK, up ? '' : 'context deadline exceeded']],
      ),
    );
  else if (up) tool.out(`${endpoint} is healthy: successfully committed proposal: took = ${TOOK}\n`);
  else tool.process.stderr.write(`${endpoint} is unhealthy: failed to commit proposal: context deadline exceeded\n`);
  if (!up) throw new CommandError('unhealthy cluster', 1);
}

function status(call: Invocation): void {
  mustAnswer(call);
  const { tool, database, endpoint, format } = call;
  const revision = String(database.revision);
  const everything = database.range({ start: '', end: '\uffff' });
  const bytes = everything.reduce((sum, { key, value }) => sum + utf8Length(key) + utf8Length(value), EMPTY_SIZE);
  const cells = [endpoint, MEMBER, ETCD_VERSION, size(bytes), 'true', 'false', RAFT_TERM, revision, revision, ''];
  if (format === 'table')
    tool.out(
      table(
        [
          'ENDPOINT',
          'ID',
          'VERSION',
          'DB SIZE',
          'IS LEADER',
          'IS LEARNER',
          'RAFT TERM',
          'RAFT INDEX',
          'RAFT APPLIED INDEX',
          'ERRORS',
        ],
        [cells],
      ),
    );
  else if (format === 'json')
    tool.out(
      `[{"Endpoint":${JSON.stringify(endpoint)},"Status":{"header":${header(database)},"version":"${ETCD_VERSION}","dbSize":${bytes},"leader":10276657743932975437,"raftIndex":${revision},"raftTerm":${RAFT_TERM},"raftAppliedIndex":${revision},"dbSizeInUse":${bytes}}}]\n`,
    );
  else tool.out(`${cells.join(', ')}\n`);
}

function memberList(name: string, address: string): Command {
  return (call) => {
    mustAnswer(call);
    const peer = `https://${address}:2380`;
    const client = `https://${address}:2379`;
    const cells = [MEMBER, 'started', name, peer, client, 'false'];
    if (call.format === 'table')
      call.tool.out(table(['ID', 'STATUS', 'NAME', 'PEER ADDRS', 'CLIENT ADDRS', 'IS LEARNER'], [cells]));
    else if (call.format === 'json')
      call.tool.out(
        `{"header":${header(call.database)},"members":[{"ID":10276657743932975437,"name":"${name}","peerURLs":["${peer}"],"clientURLs":["${client}"]}]}\n`,
      );
    else call.tool.out(`${cells.join(', ')}\n`);
  };
}

function defragment(call: Invocation): void {
  mustAnswer(call);
  call.tool.out(`Finished defragmenting etcd member[${call.endpoint}]\n`);
}

/** The clients of etcd, as they are on the control plane's machine and in etcd's image. `name` and `address` are its one member's. */
export function etcdPrograms(
  etcd: Etcd,
  { name, address }: { readonly name: string; readonly address: string },
): Readonly<Record<'etcdctl' | 'etcdutl', Program>> {
  const database = databaseOf(etcd);
  return {
    etcdctl: commandLine('etcdctl', database, {
      ...KV_COMMANDS,
      ...LEASE_COMMANDS,
      ...SNAPSHOT_COMMANDS,
      'endpoint health': health,
      'endpoint status': status,
      'member list': memberList(name, address),
      // No alarm is ever raised: the database here has no quota.
      'alarm list': mustAnswer,
      'alarm disarm': mustAnswer,
      defrag: defragment,
      version: ({ tool }) => tool.out(`etcdctl version: ${ETCD_VERSION}\nAPI version: 3.5\n`),
    }),
    etcdutl: commandLine('etcdutl', database, {
      ...UTILITY_COMMANDS,
      version: ({ tool }) => tool.out(`etcdutl version: ${ETCD_VERSION}\nAPI version: 3.5\n`),
    }),
  };
}
