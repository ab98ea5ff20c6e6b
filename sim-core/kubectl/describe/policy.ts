import { bytesOfBase64 } from '../../api/base64.ts';
import { quantity } from '../../api/quantity.ts';
import { decodeUtf8 } from '../../api/utf8.ts';
import { KubectlError } from '../errors.ts';
import { eventsOf, header, labelsAndAnnotations, selectorText, time } from './common.ts';
import { at, type Describer, type DescriptionWriter, type Json, list, number, text } from './writer.ts';

export const describePodDisruptionBudget: Describer = async (writer, budget, describe) => {
  const { spec, status } = budget;
  header(writer, budget);
  if (at(spec, 'minAvailable') !== undefined) writer.line(0, 'Min available:', text(spec, 'minAvailable'));
  else if (at(spec, 'maxUnavailable') !== undefined) writer.line(0, 'Max unavailable:', text(spec, 'maxUnavailable'));
  writer.line(0, 'Selector:', at(spec, 'selector') === undefined ? '<unset>' : selectorText(at(spec, 'selector')));
  writer.write(0, 'Status:\n');
  const fields: [string, string][] = [
    ['Allowed disruptions', 'disruptionsAllowed'],
    ['Current', 'currentHealthy'],
    ['Desired', 'desiredHealthy'],
    ['Total', 'expectedPods'],
  ];
  for (const [title, field] of fields) writer.line(2, `${title}:`, String(number(status, field)));
  await eventsOf(writer, budget, describe);
};

export const describePriorityClass: Describer = async (writer, priority, describe) => {
  writer.line(0, 'Name:', priority.metadata.name ?? '');
  writer.line(0, 'Value:', String(number(priority, 'value')));
  writer.line(0, 'GlobalDefault:', String(priority.globalDefault === true));
  writer.line(0, 'PreemptionPolicy:', text(priority, 'preemptionPolicy'));
  writer.line(0, 'Description:', text(priority, 'description'));
  const annotations = priority.metadata.annotations ?? {};
  const keys = Object.keys(annotations).sort();
  writer.line(
    0,
    'Annotations:',
    keys.length === 0 ? '<none>' : keys.map((key) => `${key}=${annotations[key]}`).join(','),
  );
  await eventsOf(writer, priority, describe);
};

function amount(value: unknown): string {
  return value === undefined ? '<unknown>' : quantity(String(value)).toString();
}

function metricLine(writer: DescriptionWriter, metric: Json, current: Json | undefined): void {
  const type = text(metric, 'type');
  const body = at(metric, type.charAt(0).toLowerCase() + type.slice(1));
  const now = current === undefined ? undefined : at(current, type.charAt(0).toLowerCase() + type.slice(1));
  const target = at(body, 'target');
  const value = (field: string): string =>
    at(now, 'current', field) === undefined ? '<unknown>' : amount(at(now, 'current', field));
  if (type === 'External' || type === 'Object' || type === 'Pods') {
    const name = text(body, 'metric', 'name');
    const average = at(target, 'averageValue') !== undefined;
    if (type === 'Pods')
      writer.line(
        1,
        `${JSON.stringify(name)} on pods:`,
        `${value('averageValue')} / ${amount(at(target, 'averageValue'))}`,
      );
    else if (type === 'External')
      writer.line(
        1,
        `${JSON.stringify(name)} (target ${average ? 'average value' : 'value'}):`,
        `${value(average ? 'averageValue' : 'value')} / ${amount(at(target, average ? 'averageValue' : 'value'))}`,
      );
    else {
      const object = at(body, 'describedObject');
      writer.line(
        1,
        `${JSON.stringify(name)} on ${text(object, 'kind')}/${text(object, 'name')} (target ${average ? 'average value' : 'value'}):`,
        `${value(average ? 'averageValue' : 'value')} / ${amount(at(target, average ? 'averageValue' : 'value'))}`,
      );
    }
    return;
  }
  const where = type === 'ContainerResource' ? `of container ${JSON.stringify(text(body, 'container'))} ` : '';
  writer.write(1, `resource ${text(body, 'name')} ${where}on pods`);
  if (at(target, 'averageValue') !== undefined) {
    writer.write(0, `:\t${value('averageValue')} / ${amount(at(target, 'averageValue'))}\n`);
    return;
  }
  const utilization = at(now, 'current', 'averageUtilization');
  const have = utilization === undefined ? '<unknown>' : `${String(utilization)}% (${value('averageValue')})`;
  const want = at(target, 'averageUtilization') === undefined ? '<auto>' : `${text(target, 'averageUtilization')}%`;
  writer.write(0, `  (as a percentage of request):\t${have} / ${want}\n`);
}

function behaviorLines(writer: DescriptionWriter, title: string, rules: unknown): void {
  if (rules === undefined) return;
  writer.write(1, `${title}:\n`);
  if (at(rules, 'stabilizationWindowSeconds') !== undefined)
    writer.write(2, `Stabilization Window: ${text(rules, 'stabilizationWindowSeconds')} seconds\n`);
  if (list(rules, 'policies').length === 0) return;
  writer.write(2, `Select Policy: ${text(rules, 'selectPolicy') || 'Max'}\n`);
  writer.write(2, 'Policies:\n');
  for (const policy of list(rules, 'policies'))
    writer.write(
      3,
      `- Type: ${text(policy, 'type')}\tValue: ${text(policy, 'value')}\tPeriod: ${text(policy, 'periodSeconds')} seconds\n`,
    );
}

export const describeHorizontalPodAutoscaler: Describer = async (writer, scaler, describe) => {
  const { spec, status } = scaler;
  header(writer, scaler);
  labelsAndAnnotations(writer, scaler);
  writer.line(0, 'CreationTimestamp:', time(scaler.metadata.creationTimestamp));
  const kind = text(spec, 'scaleTargetRef', 'kind');
  writer.line(0, 'Reference:', `${kind}/${text(spec, 'scaleTargetRef', 'name')}`);
  writer.line(0, 'Metrics:', '( current / target )');
  const current = list(status, 'currentMetrics');
  list(spec, 'metrics').forEach((metric, index) => {
    metricLine(writer, metric, current[index]);
  });
  const target = at(spec, 'targetCPUUtilizationPercentage');
  if (target !== undefined)
    writer.line(
      1,
      'resource cpu on pods  (as a percentage of request):',
      `${at(status, 'currentCPUUtilizationPercentage') === undefined ? '<unknown>' : `${text(status, 'currentCPUUtilizationPercentage')}%`} / ${String(target)}%`,
    );
  writer.line(0, 'Min replicas:', at(spec, 'minReplicas') === undefined ? '<unset>' : text(spec, 'minReplicas'));
  writer.line(0, 'Max replicas:', text(spec, 'maxReplicas'));
  const behavior = at(spec, 'behavior');
  if (behavior !== undefined) {
    writer.write(0, 'Behavior:\n');
    behaviorLines(writer, 'Scale Up', at(behavior, 'scaleUp'));
    behaviorLines(writer, 'Scale Down', at(behavior, 'scaleDown'));
  }
  writer.line(
    0,
    `${kind} pods:`,
    `${number(status, 'currentReplicas')} current / ${number(status, 'desiredReplicas')} desired`,
  );
  const conditions = list(status, 'conditions');
  if (conditions.length > 0) {
    writer.write(0, 'Conditions:\n  Type\tStatus\tReason\tMessage\n');
    writer.write(1, '----\t------\t------\t-------\n');
    for (const condition of conditions)
      writer.line(
        1,
        text(condition, 'type'),
        text(condition, 'status'),
        text(condition, 'reason'),
        text(condition, 'message'),
      );
  }
  await eventsOf(writer, scaler, describe);
};

function formatLabels(labels: Record<string, string> | undefined): string {
  const pairs = Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return pairs.length === 0 ? '<none>' : pairs.map(([key, value]) => `${key}=${value}`).join(',');
}

/** Whom the request is for (certificate.ParseCSR and describeCertificateSigningRequest). */
async function subjectLines(writer: DescriptionWriter, request: string): Promise<void> {
  const { parseCertificateRequest } = await import('../../api/x509.ts');
  const pem = bytesOfBase64(request);
  const parsed = pem === undefined ? undefined : parseCertificateRequest(decodeUtf8(pem));
  if (parsed === undefined) throw new KubectlError('Error parsing CSR: PEM block type must be CERTIFICATE REQUEST');
  const part = (name: string): readonly string[] => parsed.subject[name] ?? [];
  writer.write(0, 'Subject:\n');
  writer.write(0, `\tCommon Name:\t${part('CN').at(-1) ?? ''}\n`);
  writer.write(0, `\tSerial Number:\t${part('SERIALNUMBER').at(-1) ?? ''}\n`);
  const listLine = (name: string, values: readonly string[]): void => {
    if (values.length > 0) writer.write(0, `\t${name}:\t${values.join('\n\t\t')}\n`);
  };
  listLine('Organization', part('O'));
  listLine('Organizational Unit', part('OU'));
  listLine('Country', part('C'));
  listLine('Locality', part('L'));
  listLine('Province', part('ST'));
  if (parsed.dnsNames.length + parsed.addresses.length === 0) return;
  writer.write(0, 'Subject Alternative Names:\n');
  listLine('DNS Names', parsed.dnsNames);
  listLine('IP Addresses', parsed.addresses);
}

export const describeCertificateSigningRequest: Describer = async (writer, request, describe) => {
  const { spec, status } = request;
  writer.line(0, 'Name:', request.metadata.name ?? '');
  writer.line(0, 'Labels:', formatLabels(request.metadata.labels));
  writer.line(0, 'Annotations:', formatLabels(request.metadata.annotations));
  writer.line(0, 'CreationTimestamp:', time(request.metadata.creationTimestamp));
  writer.line(0, 'Requesting User:', text(spec, 'username'));
  if (text(spec, 'signerName') !== '') writer.line(0, 'Signer:', text(spec, 'signerName'));
  if (at(spec, 'expirationSeconds') !== undefined) {
    const { humanDuration } = await import('../printers/human.ts');
    writer.line(0, 'Requested Duration:', humanDuration(number(spec, 'expirationSeconds') * 1000));
  }
  const conditions = list(status, 'conditions').map((condition) => text(condition, 'type'));
  const words: string[] = [];
  if (conditions.includes('Denied')) words.push('Denied');
  else if (conditions.includes('Approved')) words.push('Approved');
  if (words.length === 0) words.push('Pending');
  if (conditions.includes('Failed')) words.push('Failed');
  if (text(status, 'certificate') !== '') words.push('Issued');
  writer.line(0, 'Status:', words.join(','));
  await subjectLines(writer, text(spec, 'request'));
  await eventsOf(writer, request, describe);
};
