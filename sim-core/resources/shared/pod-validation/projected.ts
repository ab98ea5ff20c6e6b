import type * as CoreV1 from 'kubernetes-types/core/v1';
import { type ErrorList, forbidden, invalid, required } from '../../../api/field-error.ts';
import type { LabelSelectorObject } from '../../../api/selector.ts';
import { checkLabelSelector, isBlank } from '../checks.ts';
import { checkNonReservedPath } from './paths.ts';
import { checkDownwardFile, checkKeyToPath } from './volumes.ts';

const TEN_MINUTES = 600;

/** validateProjectionSources. `at` is the volume's `projected` field. */
export function checkProjectedSources(
  sources: readonly CoreV1.VolumeProjection[],
  at: string,
  errors: ErrorList,
): void {
  const paths = new Set<string>();
  const claim = (path: string | undefined, shown: string | undefined) => {
    if (isBlank(path)) return;
    if (paths.has(path)) errors.push(invalid(at, shown ?? '', 'conflicting duplicate paths'));
    else paths.add(path);
  };
  for (const [index, source] of sources.entries()) {
    const path = `${at}.sources[${index}]`;
    const { secret, configMap, downwardAPI, serviceAccountToken: token, clusterTrustBundle: bundle } = source;
    for (const [field, keyed] of [
      ['secret', secret],
      ['configMap', configMap],
    ] as const) {
      if (keyed === undefined) continue;
      if (isBlank(keyed.name)) errors.push(required(`${path}.${field}.name`));
      for (const [position, item] of (keyed.items ?? []).entries()) {
        checkKeyToPath(item, `${path}.${field}.items[${position}]`, errors);
        claim(item.path, keyed.name);
      }
    }
    for (const item of downwardAPI?.items ?? []) {
      checkDownwardFile(item, `${path}.downwardAPI`, errors);
      claim(item.path, item.path);
    }
    if (token !== undefined) checkToken(token, at, path, errors);
    if (bundle !== undefined) {
      checkTrustBundle(bundle, `${path}.clusterTrustBundle`, errors);
      claim(bundle.path, bundle.path);
    }
    const given = [secret, configMap, downwardAPI, token, bundle].filter((one) => one !== undefined);
    if (given.length > 1) errors.push(forbidden(path, 'may not specify more than 1 volume type per source'));
  }
}

function checkToken(
  token: CoreV1.ServiceAccountTokenProjection,
  at: string,
  sourceAt: string,
  errors: ErrorList,
): void {
  const seconds = token.expirationSeconds ?? 0;
  const path = `${sourceAt}.serviceAccountToken.expirationSeconds`;
  if (seconds < TEN_MINUTES) errors.push(invalid(path, seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds > 2 ** 32) errors.push(invalid(path, seconds, 'may not specify a duration larger than 2^32 seconds'));
  // Upstream reports the path of the whole volume here.
  if (isBlank(token.path)) errors.push(required(`${at}.path`));
  else checkNonReservedPath(token.path, `${at}.path`, errors);
}

function checkTrustBundle(bundle: CoreV1.ClusterTrustBundleProjection, at: string, errors: ErrorList): void {
  const { name, signerName, labelSelector, path } = bundle;
  if (name !== undefined && signerName !== undefined)
    errors.push(invalid(at, bundle, 'only one of name and signerName may be used'));
  else if (name !== undefined) {
    if (name === '') errors.push(required(`${at}.name`, 'must be a valid object name'));
    if (labelSelector !== undefined)
      errors.push(invalid(`${at}.labelSelector`, labelSelector, 'labelSelector must be unset if name is specified'));
  } else if (signerName !== undefined) {
    if (signerName === '') errors.push(required(`${at}.signerName`, 'must be a valid signer name'));
    checkLabelSelector(labelSelector as LabelSelectorObject | undefined, `${at}.labelSelector`, errors);
  } else errors.push(required(at, 'either name or signerName must be specified'));
  if (isBlank(path)) errors.push(required(`${at}.path`));
  checkNonReservedPath(path ?? '', `${at}.path`, errors);
}
