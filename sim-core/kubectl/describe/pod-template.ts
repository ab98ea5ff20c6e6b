import { annotationLines, labelLines, tolerationLines } from './common.ts';
import { containerLines } from './containers.ts';
import { volumeLines } from './volumes.ts';
import { at, type DescriptionWriter, list, number, text } from './writer.ts';

export function topologyLines(writer: DescriptionWriter, constraints: ReturnType<typeof list>, space = ''): void {
  if (constraints.length === 0) return;
  const sorted = [...constraints].sort((a, b) => (text(a, 'topologyKey') < text(b, 'topologyKey') ? -1 : 1));
  writer.write(0, `${space}Topology Spread Constraints:\t`);
  sorted.forEach((constraint, index) => {
    if (index > 0) writer.write(0, `${space}\t`);
    const selector = at(constraint, 'labelSelector') as { matchLabels?: Record<string, string> } | undefined;
    const labels = Object.keys(selector?.matchLabels ?? {})
      .sort()
      .map((key) => `${key}=${selector!.matchLabels![key]}`)
      .join(',');
    const min = at(constraint, 'minDomains') === undefined ? '' : ` (min domains ${number(constraint, 'minDomains')})`;
    writer.write(
      0,
      `${text(constraint, 'topologyKey')}:${text(constraint, 'whenUnsatisfiable')} when max skew ${number(constraint, 'maxSkew')} is exceeded${min}${selector === undefined ? '' : ` for selector ${labels}`}\n`,
    );
  });
}

/** `Pod Template:` of a workload (DescribePodTemplate). */
export function podTemplateLines(writer: DescriptionWriter, template: unknown): void {
  writer.write(0, 'Pod Template:\n');
  if (template === undefined || template === null) {
    writer.write(1, '<unset>');
    return;
  }
  labelLines(writer, '  Labels', at(template, 'metadata', 'labels'));
  const annotations = at(template, 'metadata', 'annotations') as Record<string, string> | undefined;
  if (annotations !== undefined && Object.keys(annotations).length > 0)
    annotationLines(writer, '  Annotations', annotations);
  const spec = at(template, 'spec');
  if (text(spec, 'serviceAccountName') !== '') writer.line(0, '  Service Account:', text(spec, 'serviceAccountName'));
  const init = list(spec, 'initContainers');
  if (init.length > 0) containerLines(writer, 'Init Containers', init, [], undefined, '  ');
  containerLines(writer, 'Containers', list(spec, 'containers'), [], undefined, '  ');
  volumeLines(writer, list(spec, 'volumes'), '  ');
  topologyLines(writer, list(spec, 'topologySpreadConstraints'), '  ');
  if (text(spec, 'priorityClassName') !== '') writer.line(0, '  Priority Class Name:', text(spec, 'priorityClassName'));
  labelLines(writer, '  Node-Selectors', at(spec, 'nodeSelector'));
  tolerationLines(writer, '  Tolerations', list(spec, 'tolerations'));
}
