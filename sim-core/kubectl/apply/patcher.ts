import { createThreeWayMergePatch } from '../../api/patch/merge-patch.ts';
import { PatchError } from '../../api/patch/patch-error.ts';
import { createThreeWayPatch } from '../../api/patch/strategic-diff.ts';
import type { ApiObject } from '../api.ts';
import type { Context } from '../command.ts';
import { resourcePath } from '../discovery.ts';
import type { DryRun } from '../dry-run.ts';
import { asError, isReason, KubectlError, quote, StatusError } from '../errors.ts';
import { isBuiltIn, LAST_APPLIED, patchObject, unversioned, withLastApplied } from '../mutate.ts';
import { compactJson } from '../printers/json.ts';
import { fetchObject, type Info } from '../resource-builder.ts';
import { patchView } from './patch-view.ts';

type Json = Record<string, unknown>;

/** What the live object was last applied with; undefined without the annotation. */
export function originalConfiguration(object: ApiObject): string | undefined {
  const annotations = object.metadata?.annotations;
  return annotations !== undefined && Object.hasOwn(annotations, LAST_APPLIED) ? annotations[LAST_APPLIED] : undefined;
}

/** The manifest as it is compared: with its own configuration in the annotation. */
export function modifiedConfiguration(info: Info): ApiObject {
  return withLastApplied(info.object);
}

export interface ComputedPatch {
  readonly patch: Json;
  readonly type: 'strategic' | 'merge';
}

/** The three-way patch of `kubectl apply`. Throws for a patch that would change apiVersion, kind or name. */
export function threeWayPatch(info: Info, current: ApiObject, modified: ApiObject): ComputedPatch {
  const text = originalConfiguration(current);
  const original = text === undefined || text === '' ? {} : (JSON.parse(text) as Json);
  if (isBuiltIn(info.mapping)) {
    const patch = createThreeWayPatch(original, modified, current, patchView(info.mapping.kind));
    return { patch, type: 'strategic' };
  }
  const patch = createThreeWayMergePatch(original, modified, current);
  const metadata = patch.metadata as Json | undefined;
  if (patch.apiVersion !== undefined || patch.kind !== undefined || metadata?.name !== undefined)
    throw new KubectlError('precondition failed: at least one of apiVersion, kind and name was changed');
  return { patch, type: 'merge' };
}

/** resource.Info's String(). */
export function infoText(info: Info): string {
  const { mapping } = info;
  const gvr = `${mapping.group === '' ? '' : mapping.group}/${mapping.version}, Resource=${mapping.resource}`;
  const gvk = `${mapping.group === '' ? '' : mapping.group}/${mapping.version}, Kind=${mapping.kind}`;
  return `Resource: ${quote(gvr)}, GroupVersionKind: ${quote(gvk)}\nName: ${quote(info.name)}, Namespace: ${quote(info.namespace)}`;
}

function framed(patch: string, info: Info, error: unknown, doing = ''): Error {
  const cause = asError(error);
  const message = `error when applying patch:\n${patch}\nto:\n${infoText(info)}\nfor: ${quote(info.source ?? '')}: ${doing}${cause.message}`;
  return cause instanceof StatusError ? new StatusError({ ...cause.status, message }) : new KubectlError(message);
}

export interface PatcherOptions {
  readonly dryRun: DryRun;
  readonly force: boolean;
  readonly gracePeriod: number;
  readonly cascade: string;
  readonly timeout: number;
  readonly subresource?: string;
}

/** Brings a live object to its manifest (apply's Patcher): retries conflicts, deletes and creates anew with --force. */
export class Patcher {
  readonly #context: Context;
  readonly #options: PatcherOptions;

  constructor(context: Context, options: PatcherOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Answers the object and whether the patch was empty. */
  async patch(info: Info, live: ApiObject): Promise<{ object: ApiObject; unchanged: boolean }> {
    const modified = modifiedConfiguration(info);
    let current = live;
    for (let attempt = 0; ; attempt++) {
      let computed: ComputedPatch;
      try {
        computed = threeWayPatch(info, current, modified);
      } catch (error) {
        if (error instanceof PatchError)
          throw new KubectlError(
            `error when creating patch with:\noriginal:\n${originalConfiguration(current) ?? ''}\nmodified:\n${compactJson(modified)}\ncurrent:\n${compactJson(current)}\nfor: ${quote(info.source ?? '')}: ${error.message}`,
          );
        throw error;
      }
      if (Object.keys(computed.patch).length === 0) return { object: current, unchanged: true };
      const { dryRun, subresource } = this.#options;
      try {
        const object = await patchObject(this.#context, info.mapping, info.namespace, info.name, computed.patch, {
          type: computed.type,
          dryRun,
          subresource,
        });
        return { object, unchanged: false };
      } catch (error) {
        if (isReason(error, 'Conflict') && attempt < 5) {
          if (attempt > 0) await this.#context.env.sleep(1000, this.#context.env.signal);
          const api = await this.#context.api();
          current = await fetchObject(api, info.mapping, info.namespace, info.name);
          continue;
        }
        if (this.#options.force && (isReason(error, 'Conflict') || isReason(error, 'Invalid')))
          return { object: await this.#recreate(info, current, modified), unchanged: false };
        throw framed(compactJson(computed.patch), info, error, `error when patching ${quote(info.source ?? '')}: `);
      }
    }
  }

  async #recreate(info: Info, current: ApiObject, modified: ApiObject): Promise<ApiObject> {
    const { waitForDeletion } = await import('../wait-deletion.ts');
    const api = await this.#context.api();
    const body: Json = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: this.#options.cascade };
    if (this.#options.gracePeriod >= 0) body.gracePeriodSeconds = this.#options.gracePeriod;
    const path = resourcePath(info.mapping, info.namespace, info.name);
    await api.request('DELETE', path, { body });
    try {
      await waitForDeletion(
        this.#context,
        [{ info, uid: current.metadata.uid ?? '' }],
        this.#options.timeout || 60_000,
      );
    } catch {
      throw framed(`${compactJson(modified)}\n`, info, new KubectlError('context deadline exceeded'));
    }
    return api.request('POST', resourcePath(info.mapping, info.namespace, undefined), {
      body: unversioned(modified),
      query: { fieldManager: this.#context.flags.string('field-manager') },
    });
  }
}
