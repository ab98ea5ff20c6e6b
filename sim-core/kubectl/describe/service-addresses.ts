import { changedConditionLines, eventsOf, labelsAndAnnotations } from './common.ts';
import { type Describer, list, text } from './writer.ts';

/** IPAddressDescriber */
export const describeIPAddress: Describer = async (writer, address, describe) => {
  writer.line(0, 'Name:', address.metadata.name ?? '');
  labelsAndAnnotations(writer, address);
  writer.write(0, 'Parent Reference:\n');
  for (const [title, field] of [
    ['Group:', 'group'],
    ['Resource:', 'resource'],
    ['Namespace:', 'namespace'],
    ['Name:', 'name'],
  ] as const)
    writer.line(1, title, text(address, 'spec', 'parentRef', field));
  await eventsOf(writer, address, describe);
};

/** ServiceCIDRDescriber */
export const describeServiceCIDR: Describer = async (writer, range, describe) => {
  writer.line(0, 'Name:', range.metadata.name ?? '');
  labelsAndAnnotations(writer, range);
  writer.line(0, 'CIDRs:', list<string>(range, 'spec', 'cidrs').join(', '));
  const conditions = list(range, 'status', 'conditions');
  if (conditions.length > 0) {
    writer.write(0, 'Status:\n');
    changedConditionLines(writer, conditions);
  }
  await eventsOf(writer, range, describe);
};
