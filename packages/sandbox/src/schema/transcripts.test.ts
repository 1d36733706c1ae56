import fs from 'node:fs';
import path from 'node:path';
import { FieldError, JsonObject, ServedKind } from '../api/seams';
import { StoredObject } from '../types';
import { compileCrd } from './compileCrd';
import { defaultCrd } from './crdDefaults';
import { withShared } from './testing/sharedFolder';
import { validateCrd } from './validateCrd';

/*
 * The recordings are replayed against the whole server elsewhere. Here only what the schema decides is compared: values after pruning
 * and defaulting, and the causes of refusals.
 */

interface Step {
  id: string;
  method: string;
  path: string;
  body?: JsonObject;
  expect: { status: number; body?: { $exact?: Record<string, any> } };
}

const context = {
  now: '2026-01-01T00:00:00Z',
  user: { name: 'u', groups: [] },
};

function readSteps(file: string): { setup: Step[]; steps: Step[] } {
  const text = fs
    .readFileSync(file, 'utf8')
    .replaceAll('${group}', 'g.example.com')
    .replaceAll('${ns}', 'ns');
  return JSON.parse(text);
}

function asCrd(body: JsonObject): StoredObject {
  const crd: StoredObject = JSON.parse(JSON.stringify(body));
  defaultCrd(crd);
  return crd;
}

function create(kind: ServedKind, body: JsonObject) {
  const { object, unknownFields } = kind.decode(body);
  const draft = structuredClone(object);
  kind.default(draft);
  kind.prepareCreate(draft, context);
  return {
    draft,
    unknownFields,
    errors: kind.validateCreate(draft, context),
  };
}

const byField = (a: FieldError, b: FieldError) =>
  a.field.localeCompare(b.field);

function causesOf(step: Step): FieldError[] {
  const causes = step.expect.body?.$exact?.details?.$exact?.causes;
  return [...(causes?.$unordered ?? causes ?? [])].sort(byField);
}

/** Decided before or beside the schema. */
const notOurs = new Set([
  'bad-name',
  'long-name',
  'wrong-version',
  'no-kind',
  'strict',
  'bad-value',
  'duplicate-key',
]);

withShared({ describe, it }, 'recordings of a real API server', shared => {
  const folder = path.join(shared, 'kube-transcripts');
  const model = asCrd(
    JSON.parse(
      fs.readFileSync(
        path.join(folder, 'fixtures', 'llmmodels.llm.nebari.dev.json'),
        'utf8',
      ),
    ),
  );
  const tank = asCrd(
    readSteps(path.join(folder, '167-cel-rules.json')).setup.find(
      step => step.body?.kind === 'CustomResourceDefinition',
    )?.body ?? {},
  );

  const cases = (
    [
      ['162-llmmodel-create.json', model],
      ['163-llmmodel-invalid.json', model],
      ['164-llmmodel-field-validation.json', model],
      ['167-cel-rules.json', tank],
    ] as const
  ).flatMap(([file, crd]) => {
    const [kind] = compileCrd(crd);
    return readSteps(path.join(folder, file))
      .steps.filter(
        step =>
          step.method === 'POST' &&
          step.body &&
          step.path.includes(`/${kind.plural}`) &&
          !notOurs.has(step.id),
      )
      .map(step => [`${file} ${step.id}`, kind, step] as const);
  });

  it.each(cases)('%s', (_name, kind, step) => {
    const { draft, errors } = create(kind, step.body ?? {});
    expect([...errors].sort(byField)).toEqual(causesOf(step));
    const stored = step.expect.body?.$exact?.spec?.$exact ?? draft.spec;
    expect(draft.spec).toEqual(stored);
  });

  it('transition rules', () => {
    const [kind] = compileCrd(tank);
    const { draft } = create(kind, {
      apiVersion: 'g.example.com/v1',
      kind: 'Tank',
      metadata: { name: 'a' },
      spec: { min: 1, max: 2, name: 'x' },
    });
    const old: StoredObject = JSON.parse(JSON.stringify(draft));
    const change = (name?: string) =>
      kind.validateUpdate(
        { ...old, spec: { min: 1, max: 2, replicas: 1, name } },
        old,
        context,
      );
    const steps = readSteps(path.join(folder, '167-cel-rules.json')).steps;
    const causes = (id: string) =>
      causesOf(steps.find(step => step.id === id) ?? steps[0]);
    expect(change('y')).toEqual(causes('transition'));
    const withoutName = { ...old, spec: { min: 1, max: 2, replicas: 1 } };
    expect(kind.validateUpdate(withoutName, old, context)).toEqual(
      causes('transition-no-message'),
    );
  });

  it.each(
    readSteps(path.join(folder, '161-crd-invalid.json')).steps.map(
      step => [step.id, step] as const,
    ),
  )('161-crd-invalid.json %s', (_id, step) => {
    const errors = validateCrd(asCrd(step.body ?? {}));
    const expected = causesOf(step);
    expect(errors.map(error => [error.field, error.reason])).toEqual(
      expected.map(cause => [cause.field, cause.reason]),
    );
    // Where the recording has a pattern, the server dumps a Go value.
    const worded = expected.map(({ message }, index) =>
      typeof message === 'string' ? message : errors[index].message,
    );
    expect(errors.map(error => error.message)).toEqual(worded);
  });
});
