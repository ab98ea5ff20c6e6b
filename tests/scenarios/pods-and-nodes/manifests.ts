/** A pod of that spec, to put before other documents. */
export const pod = (name: string, spec: string) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
${spec
  .trim()
  .split('\n')
  .map((line) => `  ${line}`)
  .join('\n')}
---
`;

/** A pod of one container `main`; `more` is the rest of its spec. */
export const one = (name: string, image: string, command = '', more = '') =>
  pod(
    name,
    `containers:\n- {name: main, image: "${image}"${command === '' ? '' : `, command: [sh, -c, '${command}']`}}\n${more}`,
  );
