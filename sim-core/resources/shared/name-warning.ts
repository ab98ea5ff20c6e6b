import { isDNS1123Label } from '../../api/names.ts';

/** A name that will not do as a host name: allowed, with a warning. */
export function hostNameWarning(name: string, ofPod = false): string[] {
  const messages = isDNS1123Label(name);
  if (messages.length === 0) return [];
  const where = ofPod ? "the Pod's hostname" : 'Pod names and hostnames';
  return [
    `metadata.name: this is used in ${where}, which can result in surprising behavior; a DNS label is recommended: [${messages.join(' ')}]`,
  ];
}
