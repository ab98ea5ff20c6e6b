// What the type table needs to know and no source of the generator says: types that kubectl does not link in, and facts
// about fields newer than tests/fixtures/api-facts.json.
import type { GoField } from './read-kubectl-types.ts';

/** API packages whose kinds the table holds, with their OpenAPI prefix and API group. */
export const PACKAGES: readonly { go: string; openapi: string; group: string; version: string; types: string }[] = [
  { go: 'k8s.io/api/core/v1', openapi: 'io.k8s.api.core.v1', group: '', version: 'v1', types: 'core/v1' },
  ...(
    [
      ['admissionregistration', 'v1', 'admissionregistration.k8s.io'],
      ['apps', 'v1', 'apps'],
      ['authentication', 'v1', 'authentication.k8s.io'],
      ['authorization', 'v1', 'authorization.k8s.io'],
      ['autoscaling', 'v1', 'autoscaling'],
      ['autoscaling', 'v2', 'autoscaling'],
      ['batch', 'v1', 'batch'],
      ['certificates', 'v1', 'certificates.k8s.io'],
      ['coordination', 'v1', 'coordination.k8s.io'],
      ['discovery', 'v1', 'discovery.k8s.io'],
      ['events', 'v1', 'events.k8s.io'],
      ['flowcontrol', 'v1', 'flowcontrol.apiserver.k8s.io'],
      ['networking', 'v1', 'networking.k8s.io'],
      ['node', 'v1', 'node.k8s.io'],
      ['policy', 'v1', 'policy'],
      ['rbac', 'v1', 'rbac.authorization.k8s.io'],
      ['scheduling', 'v1', 'scheduling.k8s.io'],
      ['storage', 'v1', 'storage.k8s.io'],
    ] as const
  ).map(([name, version, group]) => ({
    go: `k8s.io/api/${name}/${version}`,
    openapi: `io.k8s.api.${name}.${version}`,
    group,
    version,
    types: `${name}/${version}`,
  })),
  {
    go: 'k8s.io/apimachinery/pkg/apis/meta/v1',
    openapi: 'io.k8s.apimachinery.pkg.apis.meta.v1',
    group: '',
    version: 'v1',
    types: 'meta/v1',
  },
  {
    go: 'k8s.io/apimachinery/pkg/version',
    openapi: 'io.k8s.apimachinery.pkg.version',
    group: '',
    version: '',
    types: 'version',
  },
  {
    go: 'k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1',
    openapi: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1',
    group: 'apiextensions.k8s.io',
    version: 'v1',
    types: 'apiextensions/v1',
  },
  {
    go: 'k8s.io/kube-aggregator/pkg/apis/apiregistration/v1',
    openapi: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1',
    group: 'apiregistration.k8s.io',
    version: 'v1',
    types: '',
  },
];

/**
 * Go structs of API packages that kubectl does not link in. A field is `name type`, with the Go type as `encoding/json`
 * prints it; `!` at the end: always serialised (no `omitempty`). `@Kind` adds TypeMeta and metadata.
 */
const APIEXTENSIONS: Record<string, string> = {
  CustomResourceDefinition: '@object spec v1.CustomResourceDefinitionSpec!, status v1.CustomResourceDefinitionStatus',
  CustomResourceDefinitionList: '@list items []v1.CustomResourceDefinition!',
  CustomResourceDefinitionSpec:
    'group string!, names v1.CustomResourceDefinitionNames!, scope v1.ResourceScope!, versions []v1.CustomResourceDefinitionVersion!, conversion *v1.CustomResourceConversion, preserveUnknownFields bool',
  CustomResourceConversion: 'strategy v1.ConversionStrategyType!, webhook *v1.WebhookConversion',
  WebhookConversion: 'clientConfig *v1.WebhookClientConfig, conversionReviewVersions []string!',
  WebhookClientConfig: 'url *string, service *v1.ServiceReference, caBundle []uint8',
  ServiceReference: 'namespace string!, name string!, path *string, port *int32',
  CustomResourceDefinitionVersion:
    'name string!, served bool!, storage bool!, deprecated bool, deprecationWarning *string, schema *v1.CustomResourceValidation, subresources *v1.CustomResourceSubresources, additionalPrinterColumns []v1.CustomResourceColumnDefinition, selectableFields []v1.SelectableField',
  SelectableField: 'jsonPath string!',
  CustomResourceColumnDefinition:
    'name string!, type string!, format string, description string, priority int32, jsonPath string!',
  CustomResourceDefinitionNames:
    'plural string!, singular string, shortNames []string, kind string!, listKind string, categories []string',
  CustomResourceDefinitionCondition:
    'type v1.CustomResourceDefinitionConditionType!, status v1.ConditionStatus!, lastTransitionTime v1.Time, reason string, message string',
  CustomResourceDefinitionStatus:
    'conditions []v1.CustomResourceDefinitionCondition!, acceptedNames v1.CustomResourceDefinitionNames!, storedVersions []string!',
  CustomResourceValidation: 'openAPIV3Schema *v1.JSONSchemaProps',
  CustomResourceSubresources: 'status *v1.CustomResourceSubresourceStatus, scale *v1.CustomResourceSubresourceScale',
  CustomResourceSubresourceStatus: '',
  CustomResourceSubresourceScale: 'specReplicasPath string!, statusReplicasPath string!, labelSelectorPath *string',
  ExternalDocumentation: 'description string, url string',
  ValidationRule:
    'rule string!, message string, messageExpression string, reason *v1.FieldValueErrorReason, fieldPath string, optionalOldSelf *bool',
  JSONSchemaProps:
    'id string, $schema v1.JSONSchemaURL, $ref *string, description string, type string, format string, title string, default *v1.JSON, maximum *float64, exclusiveMaximum bool, minimum *float64, exclusiveMinimum bool, maxLength *int64, minLength *int64, pattern string, maxItems *int64, minItems *int64, uniqueItems bool, multipleOf *float64, enum []v1.JSON, maxProperties *int64, minProperties *int64, required []string, items *v1.JSONSchemaPropsOrArray, allOf []v1.JSONSchemaProps, oneOf []v1.JSONSchemaProps, anyOf []v1.JSONSchemaProps, not *v1.JSONSchemaProps, properties map[string]v1.JSONSchemaProps, additionalProperties *v1.JSONSchemaPropsOrBool, patternProperties map[string]v1.JSONSchemaProps, dependencies map[string]v1.JSONSchemaPropsOrStringArray, additionalItems *v1.JSONSchemaPropsOrBool, definitions map[string]v1.JSONSchemaProps, externalDocs *v1.ExternalDocumentation, example *v1.JSON, nullable bool, x-kubernetes-preserve-unknown-fields *bool, x-kubernetes-embedded-resource bool, x-kubernetes-int-or-string bool, x-kubernetes-list-map-keys []string, x-kubernetes-list-type *string, x-kubernetes-map-type *string, x-kubernetes-validations []v1.ValidationRule',
};
const APIREGISTRATION: Record<string, string> = {
  APIService: '@object spec v1.APIServiceSpec, status v1.APIServiceStatus',
  APIServiceList: '@list items []v1.APIService!',
  APIServiceSpec:
    'service *v1.ServiceReference, group string, version string, insecureSkipTLSVerify bool, caBundle []uint8, groupPriorityMinimum int32!, versionPriority int32!',
  APIServiceStatus: 'conditions []v1.APIServiceCondition',
  APIServiceCondition:
    'type v1.APIServiceConditionType!, status v1.ConditionStatus!, lastTransitionTime v1.Time, reason string, message string',
  ServiceReference: 'namespace string, name string, port *int32',
};

const META = 'k8s.io/apimachinery/pkg/apis/meta/v1';
/** Named string types of the two packages. Everything else with a `v1.` is a struct. */
const NAMED_STRINGS = new Set(
  'ResourceScope ConversionStrategyType CustomResourceDefinitionConditionType ConditionStatus FieldValueErrorReason JSONSchemaURL APIServiceConditionType'.split(
    ' ',
  ),
);

function parse(go: string, table: Record<string, string>, into: Record<string, GoField[]>): void {
  for (const [name, text] of Object.entries(table)) {
    const fields: GoField[] = [];
    let rest = text;
    const meta = /^@(object|list) /.exec(rest);
    if (meta !== null) {
      rest = rest.slice(meta[0].length);
      fields.push({ json: '', type: 'v1.TypeMeta', ref: `${META}.TypeMeta`, inline: true });
      const type = meta[1] === 'object' ? 'ObjectMeta' : 'ListMeta';
      fields.push({ json: 'metadata', type: `v1.${type}`, ref: `${META}.${type}`, omitempty: true });
    }
    for (const part of rest === '' ? [] : rest.split(', ')) {
      const [json = '', written = ''] = part.split(' ');
      const always = written.endsWith('!');
      const type = always ? written.slice(0, -1) : written;
      const named = /v1\.(\w+)$/.exec(type)?.[1];
      const field: GoField = { json, type };
      if (named === 'Time') field.ref = `${META}.Time`;
      else if (named !== undefined && NAMED_STRINGS.has(named)) field.base = 'string';
      else if (named !== undefined) field.ref = `${go}.${named}`;
      if (!always) field.omitempty = true;
      fields.push(field);
    }
    into[`${go}.${name}`] = fields;
  }
}

/** The structs above, in the form that read-kubectl-types.ts writes. */
export function otherStructs(): Record<string, GoField[]> {
  const structs: Record<string, GoField[]> = {};
  parse('k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1', APIEXTENSIONS, structs);
  parse('k8s.io/kube-aggregator/pkg/apis/apiregistration/v1', APIREGISTRATION, structs);
  return structs;
}

/** Facts about fields that are newer than the fixture, by `<OpenAPI type>.<field>`, in the fixture's words. */
export const NEWER_FACTS: Readonly<
  Record<string, { listType?: string; listMapKeys?: string[]; mapType?: string; default?: unknown; enum?: string[] }>
> = {
  'io.k8s.api.core.v1.ContainerStatus.allocatedResourcesStatus': { listType: 'map', listMapKeys: ['name'] },
  'io.k8s.api.core.v1.ContainerStatus.volumeMounts': { listType: 'map', listMapKeys: ['mountPath'] },
  'io.k8s.api.core.v1.ResourceStatus.resources': { listType: 'map', listMapKeys: ['resourceID'] },
  'io.k8s.api.core.v1.NodeStatus.runtimeHandlers': { listType: 'atomic' },
  'io.k8s.api.core.v1.LinuxContainerUser.supplementalGroups': { listType: 'atomic' },
  'io.k8s.api.discovery.v1.EndpointHints.forNodes': { listType: 'atomic' },
  'io.k8s.api.networking.v1.ServiceCIDRSpec.cidrs': { listType: 'atomic' },
  'io.k8s.api.networking.v1.ServiceCIDRStatus.conditions': { listType: 'map', listMapKeys: ['type'] },
  'io.k8s.api.batch.v1.SuccessPolicy.rules': { listType: 'atomic' },
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicySpec.validations': { listType: 'atomic' },
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicySpec.auditAnnotations': { listType: 'atomic' },
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicySpec.matchConditions': {
    listType: 'map',
    listMapKeys: ['name'],
  },
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicySpec.variables': {
    listType: 'map',
    listMapKeys: ['name'],
  },
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyStatus.conditions': {
    listType: 'map',
    listMapKeys: ['type'],
  },
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec.validationActions': { listType: 'set' },
  'io.k8s.api.admissionregistration.v1.TypeChecking.expressionWarnings': { listType: 'atomic' },
  'io.k8s.api.admissionregistration.v1.MatchResources.resourceRules': { listType: 'atomic' },
  'io.k8s.api.admissionregistration.v1.MatchResources.excludeResourceRules': { listType: 'atomic' },
  'io.k8s.api.admissionregistration.v1.NamedRuleWithOperations.apiGroups': { listType: 'atomic' },
  'io.k8s.api.admissionregistration.v1.NamedRuleWithOperations.apiVersions': { listType: 'atomic' },
  'io.k8s.api.admissionregistration.v1.NamedRuleWithOperations.operations': { listType: 'atomic' },
  'io.k8s.api.admissionregistration.v1.NamedRuleWithOperations.resources': { listType: 'atomic' },
  'io.k8s.api.admissionregistration.v1.NamedRuleWithOperations.resourceNames': { listType: 'atomic' },
  'io.k8s.api.flowcontrol.v1.FlowSchemaSpec.rules': { listType: 'atomic' },
  'io.k8s.api.flowcontrol.v1.FlowSchemaStatus.conditions': { listType: 'map', listMapKeys: ['type'] },
  'io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationStatus.conditions': { listType: 'map', listMapKeys: ['type'] },
  'io.k8s.api.flowcontrol.v1.PolicyRulesWithSubjects.subjects': { listType: 'atomic' },
  'io.k8s.api.flowcontrol.v1.PolicyRulesWithSubjects.resourceRules': { listType: 'atomic' },
  'io.k8s.api.flowcontrol.v1.PolicyRulesWithSubjects.nonResourceRules': { listType: 'atomic' },
  'io.k8s.api.flowcontrol.v1.ResourcePolicyRule.verbs': { listType: 'set' },
  'io.k8s.api.flowcontrol.v1.ResourcePolicyRule.apiGroups': { listType: 'set' },
  'io.k8s.api.flowcontrol.v1.ResourcePolicyRule.resources': { listType: 'set' },
  'io.k8s.api.flowcontrol.v1.ResourcePolicyRule.namespaces': { listType: 'set' },
  'io.k8s.api.flowcontrol.v1.NonResourcePolicyRule.verbs': { listType: 'set' },
  'io.k8s.api.flowcontrol.v1.NonResourcePolicyRule.nonResourceURLs': { listType: 'set' },
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionVersion.selectableFields': {
    listType: 'atomic',
  },
  'io.k8s.api.authorization.v1.FieldSelectorAttributes.requirements': { listType: 'atomic' },
  'io.k8s.api.authorization.v1.LabelSelectorAttributes.requirements': { listType: 'atomic' },
};

/** Structs that are atomic to server-side apply (`+structType=atomic`) and newer than the fixture. */
export const NEWER_ATOMIC_TYPES = [
  'io.k8s.api.admissionregistration.v1.MatchResources',
  'io.k8s.api.admissionregistration.v1.ParamKind',
  'io.k8s.api.admissionregistration.v1.ParamRef',
  'io.k8s.api.admissionregistration.v1.NamedRuleWithOperations',
];

/** Fields that v1.33 publishes as required, which older sources do not know of. */
export const NEWER_REQUIRED = [
  'io.k8s.api.core.v1.HostAlias.ip',
  'io.k8s.api.core.v1.HostIP.ip',
  'io.k8s.api.core.v1.PodIP.ip',
];
