import { bytesOfBase64 } from '../../api/base64.ts';
import { quantity } from '../../api/quantity.ts';
import type { ApiObject } from '../api.ts';
import {
  annotationLines,
  changedConditionLines,
  eventsOf,
  header,
  labelLines,
  labelsAndAnnotations,
} from './common.ts';
import { at, type DescribeContext, type Describer, type DescriptionWriter, list, text } from './writer.ts';

function byteCount(base64: unknown): number {
  return bytesOfBase64(String(base64 ?? ''))?.length ?? 0;
}

export const describeConfigMap: Describer = async (writer, config, describe) => {
  header(writer, config);
  labelsAndAnnotations(writer, config);
  const data = (config.data ?? {}) as Record<string, string>;
  const binary = (config.binaryData ?? {}) as Record<string, string>;
  writer.write(0, '\nData\n====\n');
  for (const key of Object.keys(data).sort()) writer.write(0, `${key}:\n----\n${data[key]}\n\n`);
  writer.write(0, '\nBinaryData\n====\n');
  for (const key of Object.keys(binary).sort()) writer.write(0, `${key}: ${byteCount(binary[key])} bytes\n`);
  writer.write(0, '\n');
  await eventsOf(writer, config, describe);
};

export const describeSecret: Describer = async (writer, secret) => {
  header(writer, secret);
  labelsAndAnnotations(writer, secret);
  writer.write(0, `\nType:\t${text(secret, 'type')}\n\nData\n====\n`);
  const data = (secret.data ?? {}) as Record<string, string>;
  for (const key of Object.keys(data).sort()) {
    if (key === 'token' && text(secret, 'type') === 'kubernetes.io/service-account-token')
      writer.line(0, `${key}:`, String.fromCharCode(...(bytesOfBase64(data[key]!) ?? [])));
    else writer.line(0, `${key}:`, `${byteCount(data[key])} bytes`);
  }
};

export const describeServiceAccount: Describer = async (writer, account, describe) => {
  header(writer, account);
  labelsAndAnnotations(writer, account);
  const api = await describe.context.api();
  let tokens: string[] = [];
  let existing = new Set<string>();
  try {
    const secrets = list<ApiObject>(await api.get(`/api/v1/namespaces/${account.metadata.namespace}/secrets`), 'items');
    existing = new Set(secrets.map((secret) => secret.metadata.name ?? ''));
    tokens = secrets
      .filter(
        (secret) =>
          text(secret, 'type') === 'kubernetes.io/service-account-token' &&
          secret.metadata.annotations?.['kubernetes.io/service-account.name'] === account.metadata.name,
      )
      .map((secret) => secret.metadata.name ?? '');
  } catch {
    existing = new Set();
  }
  const sections: [string, string[]][] = [
    ['Image pull secrets', list(account, 'imagePullSecrets').map((item) => text(item, 'name'))],
    ['Mountable secrets', list(account, 'secrets').map((item) => text(item, 'name'))],
    ['Tokens', tokens],
  ];
  for (const [title, names] of sections) {
    if (names.length === 0) {
      writer.line(0, `${title}:`, '<none>');
      continue;
    }
    names.forEach((name, index) => {
      const missing = title !== 'Tokens' && !existing.has(name) ? ' (not found)' : '';
      writer.line(0, index === 0 ? `${title}:` : '', `${name}${missing}`);
    });
  }
  await eventsOf(writer, account, describe);
};

function quotaLines(writer: DescriptionWriter, quota: ApiObject, level: number): void {
  const hard = (at(quota, 'status', 'hard') ?? {}) as Record<string, string>;
  const used = (at(quota, 'status', 'used') ?? {}) as Record<string, string>;
  for (const name of Object.keys(hard).sort()) writer.line(level, name, String(used[name] ?? '0'), String(hard[name]));
}

function scopesText(quota: ApiObject): string {
  return list<string>(quota, 'spec', 'scopes').sort().join(', ');
}

const SCOPE_HELP: Record<string, string> = {
  Terminating:
    'Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.',
  NotTerminating:
    'Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.',
  BestEffort:
    'Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.',
  NotBestEffort:
    'Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.',
};

export const describeResourceQuota: Describer = async (writer, quota) => {
  header(writer, quota);
  const scopes = list<string>(quota, 'spec', 'scopes');
  if (scopes.length > 0) {
    writer.line(0, 'Scopes:', scopesText(quota));
    for (const scope of scopes) if (SCOPE_HELP[scope] !== undefined) writer.write(0, ` * ${SCOPE_HELP[scope]}\n`);
  }
  writer.write(0, 'Resource\tUsed\tHard\n--------\t----\t----\n');
  quotaLines(writer, quota, 0);
};

const LIMIT_COLUMNS = ['min', 'max', 'defaultRequest', 'default', 'maxLimitRequestRatio'] as const;

function limitLines(writer: DescriptionWriter, limits: ApiObject, prefix: string): void {
  for (const item of list(limits, 'spec', 'limits')) {
    const names = new Set<string>();
    for (const column of LIMIT_COLUMNS)
      for (const name of Object.keys((at(item, column) ?? {}) as object)) names.add(name);
    for (const name of [...names].sort()) {
      const cells = LIMIT_COLUMNS.map((column) => {
        const value = at(item, column, name);
        return value === undefined ? '-' : quantity(String(value)).toString();
      });
      writer.write(0, `${prefix}${text(item, 'type')}\t${name}\t${cells.join('\t')}\n`);
    }
  }
}

const LIMIT_HEADER = 'Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio\n';
const LIMIT_RULE = '----\t--------\t---\t---\t---------------\t-------------\t-----------------------\n';

export const describeLimitRange: Describer = async (writer, limits) => {
  header(writer, limits);
  writer.write(0, LIMIT_HEADER + LIMIT_RULE);
  limitLines(writer, limits, '');
};

async function inNamespace(describe: DescribeContext, namespace: string, resource: string): Promise<ApiObject[]> {
  try {
    const api = await describe.context.api();
    return list<ApiObject>(await api.get(`/api/v1/namespaces/${namespace}/${resource}`), 'items');
  } catch {
    return [];
  }
}

export const describeNamespace: Describer = async (writer, namespace, describe) => {
  const name = namespace.metadata.name ?? '';
  writer.line(0, 'Name:', name);
  labelLines(writer, 'Labels', namespace.metadata.labels);
  annotationLines(writer, 'Annotations', namespace.metadata.annotations);
  writer.line(0, 'Status:', text(namespace, 'status', 'phase'));
  const conditions = list(namespace, 'status', 'conditions');
  if (conditions.length > 0) changedConditionLines(writer, conditions);
  const quotas = await inNamespace(describe, name, 'resourcequotas');
  if (quotas.length === 0) writer.write(0, '\nNo resource quota.\n');
  else {
    writer.write(0, '\nResource Quotas\n');
    for (const quota of quotas) {
      writer.line(1, 'Name:', quota.metadata.name ?? '');
      const scopes = list<string>(quota, 'spec', 'scopes');
      if (scopes.length > 0) {
        writer.line(1, 'Scopes:', scopesText(quota));
        for (const scope of scopes) if (SCOPE_HELP[scope] !== undefined) writer.write(1, `* ${SCOPE_HELP[scope]}\n`);
      }
      writer.write(1, 'Resource\tUsed\tHard\n');
      writer.write(1, '--------\t---\t---\n');
      quotaLines(writer, quota, 1);
    }
  }
  const limits = await inNamespace(describe, name, 'limitranges');
  if (limits.length === 0) writer.write(0, '\nNo LimitRange resource.\n');
  else {
    writer.write(0, `\nResource Limits\n ${LIMIT_HEADER} ${LIMIT_RULE}`);
    for (const range of limits) limitLines(writer, range, ' ');
  }
};
