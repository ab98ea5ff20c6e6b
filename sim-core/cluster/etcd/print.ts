import { base64OfText } from '../../api/base64.ts';
import type { EtcdDatabase, KeyValue } from './database.ts';

/** The one member, and the cluster that it is, as etcd numbers a member of its own. */
export const MEMBER = '8e9e05c52164694d';
const MEMBER_ID = '10276657743932975437';
const CLUSTER_ID = '14841639068965178418';
export const ETCD_VERSION = '3.5.21';

/** A table as etcdctl draws it: heads in the middle, cells to the right. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]!.length)));
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+\n`;
  const line = (cells: readonly string[]) => `|${cells.map((cell) => ` ${cell} `).join('|')}|\n`;
  const centred = (text: string, width: number) =>
    text.padStart(text.length + Math.ceil((width - text.length) / 2)).padEnd(width);
  return [
    rule,
    line(heads.map((head, column) => centred(head, widths[column]!))),
    rule,
    ...rows.map((row) => line(row.map((cell, column) => cell.padStart(widths[column]!)))),
    rule,
  ].join('');
}

/** The answer to a `get` with `-w json`: keys and values in base64. */
export function rangeJson(database: EtcdDatabase, found: readonly KeyValue[], count: number): string {
  const kvs = found.map((one) => {
    const { createRevision, version } = database.life(one);
    const lease = one.lease === 0 ? '' : `,"lease":${one.lease}`;
    return `{"key":"${base64(one.key)}","create_revision":${createRevision},"mod_revision":${one.modRevision},"version":${version},"value":"${base64(one.value)}"${lease}}`;
  });
  const list = kvs.length === 0 ? '' : `,"kvs":[${kvs.join(',')}]`;
  const more = found.length < count ? ',"more":true' : '';
  return `{"header":${header(database)}${list}${more}${count === 0 ? '' : `,"count":${count}`}}\n`;
}

/** The answer to a `get` with `-w fields`. */
export function rangeFields(database: EtcdDatabase, found: readonly KeyValue[], count: number): string {
  const lines = [
    `"ClusterID" : ${CLUSTER_ID}`,
    `"MemberID" : ${MEMBER_ID}`,
    `"Revision" : ${database.revision}`,
    '"RaftTerm" : 2',
  ];
  for (const one of found) {
    const { createRevision, version } = database.life(one);
    lines.push(
      `"Key" : ${JSON.stringify(one.key)}`,
      `"CreateRevision" : ${createRevision}`,
      `"ModRevision" : ${one.modRevision}`,
      `"Version" : ${version}`,
      `"Value" : ${JSON.stringify(one.value)}`,
      `"Lease" : ${one.lease}`,
    );
  }
  lines.push(`"More" : ${found.length < count}`, `"Count" : ${count}`);
  return `${lines.join('\n')}\n`;
}

/** The head of every answer in JSON. */
export function header(database: EtcdDatabase): string {
  return `{"cluster_id":${CLUSTER_ID},"member_id":${MEMBER_ID},"revision":${database.revision},"raft_term":2}`;
}

function base64(text: string): string {
  return base64OfText(text);
}
