import type { ErrorList } from '../api/field-error.ts';
import type { PodTemplate } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { NAME } from './shared/columns.ts';
import { applyTemplateDefaults } from './shared/pod-defaults.ts';
import { checkTemplate } from './shared/pod-validation/template.ts';
import { templateWarnings } from './shared/pod-validation/warnings.ts';
import { containerImages, containerNames, labelsText } from './shared/workload-columns.ts';

export const podTemplates: ResourceDefinition<PodTemplate> = {
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  singular: 'podtemplate',
  namespaced: true,
  generation: true,
  applyDefaults({ template }) {
    applyTemplateDefaults(template);
  },
  validate: checkPodTemplate,
  validateUpdate: (podTemplate) => checkPodTemplate(podTemplate),
  warnings: ({ template }) => templateWarnings(template, 'template'),
  columns: [
    NAME,
    { name: 'Containers', value: ({ template }) => containerNames(template) },
    { name: 'Images', value: ({ template }) => containerImages(template) },
    { name: 'Pod Labels', value: ({ template }) => labelsText(template?.metadata?.labels) },
  ],
};

function checkPodTemplate({ template = {} }: PodTemplate): ErrorList {
  const errors: ErrorList = [];
  checkTemplate(template, 'template', errors);
  return errors;
}
