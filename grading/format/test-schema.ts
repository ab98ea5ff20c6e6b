import { z } from 'zod';

/** The form of tests and of actions in `exercise.yaml`. Where a number is wanted, a variant's placeholder may stand for it. */
const placeholder = z.string().regex(/^<<[a-zA-Z][\w-]*(\.[\w-]+)?>>$/, 'a number, or the placeholder of a variant');
export const whole = z.union([z.int(), placeholder]);
export const amount = z.union([z.number().nonnegative(), placeholder]);
export const manifest = z.looseObject({ apiVersion: z.string(), kind: z.string() });
/** Anything: it is compared with what is found. */
const value = z.unknown();

const selection = {
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string().optional(),
  labels: z.string().optional(),
};
const ofPods = { namespace: z.string().optional(), name: z.string().optional(), labels: z.string().optional() };

const from = z.union([
  z.literal('outside'),
  z.strictObject({ node: z.string() }),
  z.strictObject({ pod: z.strictObject(ofPods) }),
]);

const fault = z.strictObject({
  node: z.string().optional(),
  running: z.string().optional(),
  power: z.boolean().optional(),
  network: z.boolean().optional(),
  kubelet: z.boolean().optional(),
  reboot: z.literal(true).optional(),
  link: z.strictObject({ delay: z.number().optional(), loss: z.number().min(0).max(1).optional() }).optional(),
  disk: z.strictObject({ free: z.number().nullable() }).optional(),
});

/** Forms of something that is written with one field that names it. */
const one = (name: string, form: z.ZodType) => z.strictObject({ [name]: form });

export const ACTIONS = {
  delete: z.strictObject({ ...selection, limit: whole.optional() }),
  apply: manifest,
  merge: manifest,
  scale: z.strictObject({ ...selection, name: z.string(), replicas: whole }),
  cordon: z.string(),
  uncordon: z.string(),
  drain: z.string(),
  fault,
  load: z.strictObject({
    name: z.string().optional(),
    service: z.string().optional(),
    namespace: z.string().optional(),
    port: whole.optional(),
    host: z.string().optional(),
    path: z.string().startsWith('/').optional(),
    perSecond: amount,
    seconds: amount,
  }),
  run: z.string(),
  wait: amount,
  settle: z.literal(true),
};

const test: z.ZodType = z.lazy(() => anyTest);
const tests = z.array(test).min(1);

export const TESTS = {
  object: z.strictObject({ ...selection, match: value.optional() }),
  absent: z.strictObject({ ...selection, match: value.optional() }),
  count: z.strictObject({ ...selection, match: value.optional(), is: value }),
  cel: z.strictObject({ ...selection, expression: z.string().min(1), of: z.enum(['each', 'some', 'list']).optional() }),
  condition: z.strictObject({
    ...selection,
    type: z.string(),
    status: value.optional(),
    reason: value.optional(),
    message: value.optional(),
  }),
  event: z.strictObject({
    namespace: z.string().optional(),
    about: value.optional(),
    type: value.optional(),
    reason: value.optional(),
    message: value.optional(),
    is: value.optional(),
  }),
  authorization: z.strictObject({
    user: z.string().optional(),
    groups: z.array(z.string()).optional(),
    serviceAccount: z.string().optional(),
    namespace: z.string().optional(),
    can: z.array(z.string()).optional(),
    cannot: z.array(z.string()).optional(),
  }),
  all: tests,
  any: tests,
  not: test,
  log: z.strictObject({ ...ofPods, container: z.string().optional(), previous: z.boolean().optional(), text: value }),
  command: z.strictObject({
    run: z.string().min(1),
    stdout: value.optional(),
    stderr: value.optional(),
    exit: value.optional(),
  }),
  file: z.strictObject({ path: z.string().min(1), text: value.optional(), yaml: value.optional() }),
  dns: z.strictObject({ name: z.string(), from: from.optional(), addresses: value.optional() }),
  tcp: z.strictObject({ host: z.string(), port: whole, from: from.optional(), open: z.boolean().optional() }),
  http: z
    .strictObject({
      service: z.string().optional(),
      namespace: z.string().optional(),
      port: whole.optional(),
      path: z.string().startsWith('/').optional(),
      url: z.string().startsWith('http').optional(),
      from: from.optional(),
      method: z.string().optional(),
      headers: z.record(z.string(), z.string()).optional(),
      send: z.string().optional(),
      status: value.optional(),
      body: value.optional(),
      fails: z.boolean().optional(),
    })
    .refine(({ service, url }) => (service === undefined) !== (url === undefined), 'either "service" or "url"'),
  metric: z.strictObject({
    of: z.enum(['pods', 'nodes']).optional(),
    ...ofPods,
    cpu: value.optional(),
    memory: value.optional(),
    url: z.string().startsWith('http').optional(),
    from: from.optional(),
    metric: z.string().optional(),
    value: value.optional(),
  }),
  history: z.strictObject({
    since: z.union([amount, test]).optional(),
    until: z.union([amount, test]).optional(),
    always: test.optional(),
    never: test.optional(),
    eventually: test.optional(),
    inOrder: z.array(test).min(2).optional(),
    mostly: z.strictObject({ test, share: z.number().min(0).max(1) }).optional(),
  }),
  traffic: z.strictObject({
    visitor: z.string(),
    from: amount.optional(),
    until: amount.optional(),
    answered: value.optional(),
    visits: value.optional(),
  }),
  component: z.strictObject({ name: z.string(), problems: z.boolean().optional() }),
  answer: z.strictObject({ question: z.string() }),
  script: z.strictObject({ file: z.string().regex(/^[\w-]+\.ts$/), with: value.optional() }),
  scenario: z.strictObject({
    actions: z.array(z.lazy(() => action)).min(1),
    expect: tests,
  }),
};

const unionOf = (forms: Readonly<Record<string, z.ZodType>>): z.ZodType =>
  z.union(Object.entries(forms).map(([name, form]) => one(name, form)));

const anyTest = unionOf(TESTS);
export const action: z.ZodType = unionOf(ACTIONS);
export { selection, test };
