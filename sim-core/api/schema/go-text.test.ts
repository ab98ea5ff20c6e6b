import { expect, it } from 'vitest';
import { goText, typeOfObject } from './go-text.ts';

const text = (object: Record<string, unknown>) => goText(object, typeOfObject(object));

it('fields stand in the order of their Go type, keys of maps in their own', () => {
  expect(
    text({
      data: { b: '2', a: '<1>' },
      metadata: { creationTimestamp: null, labels: { z: '1', y: '2' }, namespace: 'n', name: 'x' },
      apiVersion: 'v1',
      kind: 'ConfigMap',
    }),
  ).toBe(
    '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x","namespace":"n","creationTimestamp":null,"labels":{"y":"2","z":"1"}},"data":{"a":"\\u003c1\\u003e","b":"2"}}',
  );
});

it('lists of structs keep their order, and what a type does not know is kept', () => {
  const containers = [{ image: 'b', name: 'a', odd: [{ y: 1, x: 2 }] }];
  expect(text({ kind: 'Pod', apiVersion: 'v1', spec: { containers } })).toBe(
    '{"kind":"Pod","apiVersion":"v1","spec":{"containers":[{"name":"a","image":"b","odd":[{"y":1,"x":2}]}]}}',
  );
});

it('custom resources are maps all through', () => {
  expect(text({ spec: { b: [{ d: 1, c: 2 }], a: null }, kind: 'Ship', apiVersion: 'example.com/v1' })).toBe(
    '{"apiVersion":"example.com/v1","kind":"Ship","spec":{"a":null,"b":[{"c":2,"d":1}]}}',
  );
});

it('means the same, whatever the keys are called', () => {
  const odd = JSON.parse(
    '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x"},"data":{"__proto__":"p","constructor":"c"}}',
  );
  expect(JSON.parse(text(odd))).toEqual(odd);
});
