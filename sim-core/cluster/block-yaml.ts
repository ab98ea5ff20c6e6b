/** Text that is the same text when it is read back as YAML. */
const PLAIN = /^(?![-?:] )[A-Za-z/][A-Za-z0-9_./=:@,-]*$/;
/** Amounts and addresses, which look like numbers and are none. */
const MEASURE = /^(\d+(m|Ki|Mi|Gi)|\d+\.\d+\.\d+\.\d+)$/;
/** Words that YAML reads as something else than text. */
const WORDS = /^(true|false|null|yes|no|on|off|y|n)$/i;

/** Writes an object of maps, lists and scalars as block YAML, as kubeadm writes the manifests of the control plane. */
export function blockYaml(value: unknown, indent = ''): string {
  if (Array.isArray(value)) {
    return value.map((item) => `${indent}- ${nested(item, `${indent}  `).trimStart()}`).join('');
  }
  return Object.entries(value as Record<string, unknown>)
    .map(([key, inner]) => {
      if (isEmpty(inner) || !isCollection(inner)) return `${indent}${key}: ${scalar(inner)}\n`;
      // Lists stand below their key without further indentation.
      return `${indent}${key}:\n${blockYaml(inner, Array.isArray(inner) ? indent : `${indent}  `)}`;
    })
    .join('');
}

function nested(item: unknown, indent: string): string {
  return isCollection(item) && !isEmpty(item) ? blockYaml(item, indent) : `${scalar(item)}\n`;
}

function isCollection(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isEmpty(value: unknown): boolean {
  return isCollection(value) && Object.keys(value).length === 0;
}

function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const readable = PLAIN.test(value) && !WORDS.test(value) && !value.endsWith(':') && !value.includes(': ');
  return readable || MEASURE.test(value) || /^--?[A-Za-z][A-Za-z0-9_./=:,-]*$/.test(value)
    ? value
    : JSON.stringify(value);
}
