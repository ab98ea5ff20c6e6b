import type * as ApiextensionsV1 from 'kubernetes-types/apiextensions/v1';
import { deepFreeze } from '../../api/equality.ts';
import { type AnyObject, clone } from '../../api/objects.ts';
import { decode } from '../../api/schema/decode.ts';
import type { TypeSchema } from '../../api/schema/schema.ts';
import { structuralType } from '../../api/schema/structural.ts';
import { applyDefaults, lacksDefaults } from './defaults.ts';
import { type JsonSchema, schemaOf } from './json-schema.ts';

type Spec = ApiextensionsV1.CustomResourceDefinitionSpec;
type Version = ApiextensionsV1.CustomResourceDefinitionVersion;

interface Form {
  readonly schema: JsonSchema;
  readonly type: TypeSchema;
}

/**
 * Reads what was stored under any earlier spec of a definition: fields that its version no longer has go, defaults that it has got since
 * are filled in, and what was stored in another version comes in the one stored today, with the defaults of its own version only
 * (schemaCoercingDecoder, unstructuredDefaulter and the codec between them). Nothing is written. What needs no change is answered as it is.
 */
export function readerOf({ group, names, versions }: Spec, stored: Version): (object: AnyObject) => AnyObject {
  const forms = new Map(
    versions.map((version): [string, Form] => {
      const schema = schemaOf(version);
      return [`${group}/${version.name}`, { schema, type: structuralType(group, version.name, names.kind, schema) }];
    }),
  );
  const apiVersion = `${group}/${stored.name}`;
  const storedForm = forms.get(apiVersion)!;
  const read = (object: AnyObject): AnyObject => {
    const { schema, type } = forms.get(object.apiVersion) ?? storedForm;
    let today = pruned(object, type);
    if (lacksDefaults(today, schema)) {
      today = clone(today);
      applyDefaults(today, schema);
    }
    return today.apiVersion === apiVersion ? today : { ...pruned(today, storedForm.type), apiVersion };
  };
  // Objects do not change, so that each is read once.
  const known = new WeakMap<AnyObject, AnyObject>();
  return (object) => {
    let today = known.get(object);
    if (today === undefined) {
      today = read(object);
      // What a dry run made is not frozen, and stays so.
      if (today !== object) deepFreeze(today);
      if (Object.isFrozen(object)) known.set(object, today).set(today, today);
    }
    return today;
  };
}

function pruned(object: AnyObject, type: TypeSchema): AnyObject {
  return (decode(object, type, { strict: 'Ignore', reuse: true }).value ?? object) as AnyObject;
}
