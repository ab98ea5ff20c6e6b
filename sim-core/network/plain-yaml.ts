/** `key: value`, or `key:` with nothing after it, where neither can mean anything but text in any version of YAML. */
const LINE = /^([A-Za-z][A-Za-z0-9]*): ([A-Za-z][A-Za-z0-9/.-]*|\d+\.\d+\.\d+[0-9./]*)$/;
/** Words that YAML reads as something else than text. */
const WORDS = /^(true|false|null|yes|no|on|off|y|n)$/i;

/**
 * Reads a YAML file that is one flat mapping of plain words, as the configuration is that kubeadm gives kube-proxy; undefined when there
 * is anything else in it, for the whole parser to read. So a cluster starts before that parser is loaded.
 */
export function parsePlainYaml(text: string): Record<string, string> | undefined {
  const entries = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, key, value] = LINE.exec(line) ?? [];
    if (key === undefined || value === undefined || WORDS.test(value) || WORDS.test(key) || entries.has(key))
      return undefined;
    entries.set(key, value);
  }
  return entries.size === 0 ? undefined : Object.fromEntries(entries);
}
