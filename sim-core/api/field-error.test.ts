import { describe, expect, it } from 'vitest';
import * as field from './field-error.ts';
import { FieldPath } from './field-path.ts';

const path = FieldPath.of('spec', 'containers').index(0).child('name');

describe('FieldPath', () => {
  it('prints as field.Path', () => {
    expect(path.toString()).toBe('spec.containers[0].name');
    expect(FieldPath.of('metadata').child('labels').key('foo').toString()).toBe('metadata.labels[foo]');
    expect(path.root().toString()).toBe('spec');
  });
});

describe('Error()', () => {
  it.each([
    [field.required(path), 'spec.containers[0].name: Required value'],
    [field.required(path, 'must be set'), 'spec.containers[0].name: Required value: must be set'],
    [field.invalid(path, 'x"y', 'no'), 'spec.containers[0].name: Invalid value: "x\\"y": no'],
    [
      field.invalid(path, -1, 'must be greater than or equal to 0'),
      'spec.containers[0].name: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      field.invalid(path, { matchLabels: { a: '<' } }, 'field is immutable'),
      'spec.containers[0].name: Invalid value: {"matchLabels":{"a":"\\u003c"}}: field is immutable',
    ],
    [
      field.invalid(path, new field.PrintedValue('core.X{}'), 'bad'),
      'spec.containers[0].name: Invalid value: core.X{}: bad',
    ],
    [field.invalid(path, null, 'bad'), 'spec.containers[0].name: Invalid value: "null": bad'],
    [field.typeInvalid(path, true, 'bad'), 'spec.containers[0].name: Invalid value: true: bad'],
    [field.duplicate(path, 'a'), 'spec.containers[0].name: Duplicate value: "a"'],
    [field.notFound(path, 'vol'), 'spec.containers[0].name: Not found: "vol"'],
    [
      field.notSupported(path, 'x', ['a', 'b']),
      'spec.containers[0].name: Unsupported value: "x": supported values: "a", "b"',
    ],
    [field.notSupported(path, 'x', []), 'spec.containers[0].name: Unsupported value: "x"'],
    [field.forbidden(path, 'not here'), 'spec.containers[0].name: Forbidden: not here'],
    [field.tooLong(path, 63), 'spec.containers[0].name: Too long: may not be more than 63 bytes'],
    [field.tooLong(path, 1), 'spec.containers[0].name: Too long: may not be more than 1 byte'],
    [field.tooLong(path, -1), 'spec.containers[0].name: Too long: value is too long'],
    [field.tooMany(path, 7, 5), 'spec.containers[0].name: Too many: 7: must have at most 5 items'],
    [field.tooMany(path, -1, 1), 'spec.containers[0].name: Too many: must have at most 1 item'],
    [field.internalError(path, 'boom'), 'spec.containers[0].name: Internal error: boom'],
    [field.invalid(undefined, 'x', 'bad'), '<nil>: Invalid value: "x": bad'],
  ])('%s', (error, text) => {
    expect(error.toString()).toBe(text);
  });
});

describe('invalidStatus', () => {
  it('is what a 422 carries', () => {
    const status = field.invalidStatus({ group: 'apps', kind: 'Deployment' }, 'web', [
      field.required('spec.selector'),
      field.invalid('spec.replicas', -1, 'must be greater than or equal to 0'),
      field.required('spec.selector'),
    ]);
    expect(status.message).toBe(
      'Deployment.apps "web" is invalid: [spec.selector: Required value, spec.replicas: Invalid value: -1: must be greater than or equal to 0]',
    );
    expect(status.code).toBe(422);
    expect(status.details).toEqual({
      name: 'web',
      group: 'apps',
      kind: 'Deployment',
      causes: [
        { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.selector' },
        {
          reason: 'FieldValueInvalid',
          message: 'Invalid value: -1: must be greater than or equal to 0',
          field: 'spec.replicas',
        },
        { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.selector' },
      ],
    });
  });

  it('leaves a single error unbracketed and names a core kind without a group', () => {
    expect(field.invalidStatus({ group: '', kind: 'Pod' }, 'a', [field.required('spec.containers')]).message).toBe(
      'Pod "a" is invalid: spec.containers: Required value',
    );
    expect(field.invalidStatus({ group: '', kind: 'Pod' }, '', []).message).toBe('Pod "" is invalid');
  });
});
