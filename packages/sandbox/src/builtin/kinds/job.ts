import { equalJson, objectAt, stringAt } from '../../api/json';
import { FieldError, JsonObject } from '../../api/seams';
import { invalid, notSupported, required } from '../../schema/fieldErrors';
import { humanDuration } from '../../schema/humanDuration';
import { StoredObject } from '../../types';
import { AGE, defineKind, setMetadata } from '../defineKind';
import { defaultPodTemplate } from '../podDefaults';
import { podTemplateErrors } from '../podValidation';
import { containersOf, formatSelector, numberAt } from '../printing';
import { selectorErrors } from '../selectors';
import { negativeErrors } from '../workloadValidation';

function defaultJob(draft: JsonObject): void {
  const spec: JsonObject = { ...objectAt(draft, 'spec') };
  if (spec.completions === undefined && spec.parallelism === undefined) {
    spec.completions = 1;
  }
  spec.parallelism ??= 1;
  spec.backoffLimit ??=
    spec.backoffLimitPerIndex === undefined ? 6 : 2 ** 31 - 1;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??=
    spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed';
  spec.manualSelector ??= false;
  spec.template = defaultPodTemplate(spec.template);
  draft.spec = spec;
}

/** The selector and the labels that tell a Job's pods from others': made from the Job's uid. */
function createJob(draft: JsonObject): void {
  const spec: JsonObject = { ...objectAt(draft, 'spec') };
  if (spec.manualSelector !== true) {
    const uid = stringAt(draft, 'metadata', 'uid');
    const name = stringAt(draft, 'metadata', 'name');
    const labels = {
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': name,
      'controller-uid': uid,
      'job-name': name,
    };
    const template = objectAt(spec, 'template');
    const metadata = objectAt(template, 'metadata');
    spec.selector = {
      ...objectAt(spec, 'selector'),
      matchLabels: { 'batch.kubernetes.io/controller-uid': uid },
    };
    spec.template = {
      ...template,
      metadata: {
        ...metadata,
        labels: { ...objectAt(metadata, 'labels'), ...labels },
      },
    };
    const own = objectAt(draft, 'metadata', 'labels');
    if (Object.keys(own).length === 0) {
      setMetadata(draft, 'labels', labels);
    }
  }
  draft.spec = spec;
  draft.status = {};
}

const RESTART = ['OnFailure', 'Never'];
const COMPLETION_MODES = ['NonIndexed', 'Indexed'];

function jobErrors(object: JsonObject): FieldError[] {
  const spec = objectAt(object, 'spec');
  const errors = negativeErrors(spec, [
    'parallelism',
    'completions',
    'backoffLimit',
    'activeDeadlineSeconds',
    'ttlSecondsAfterFinished',
  ]);
  const mode = spec.completionMode;
  if (!COMPLETION_MODES.includes(String(mode))) {
    errors.push(notSupported('spec.completionMode', mode, COMPLETION_MODES));
  }
  if (mode === 'Indexed' && spec.completions === undefined) {
    const detail = 'when completion mode is Indexed';
    errors.push(required('spec.completions', detail));
  }
  errors.push(...selectorErrors(spec.selector, 'spec.selector'));
  const policy = objectAt(spec, 'template', 'spec').restartPolicy;
  errors.push(...podTemplateErrors(spec.template, 'spec.template'));
  if (policy === 'Always') {
    const detail = `valid values: ${RESTART.map(value => `"${value}"`).join(
      ', ',
    )}`;
    errors.push(required('spec.template.spec.restartPolicy', detail));
  } else if (!RESTART.includes(String(policy))) {
    errors.push(
      notSupported('spec.template.spec.restartPolicy', policy, RESTART),
    );
  }
  return errors;
}

/** What may not change. A suspended Job that never started may get other scheduling directives; that is not imitated but refused. */
function jobChange(object: JsonObject, old: StoredObject): FieldError[] {
  const before = objectAt(old, 'spec');
  const after = objectAt(object, 'spec');
  const errors: FieldError[] = [];
  for (const field of ['completions', 'selector', 'completionMode']) {
    if (!equalJson(before[field], after[field])) {
      errors.push(
        invalid(`spec.${field}`, after[field] ?? null, 'field is immutable'),
      );
    }
  }
  if (!equalJson(before.template, after.template)) {
    const [was, is] = [before, after].map(spec => objectAt(spec, 'template'));
    const field = equalJson(was.spec, is.spec)
      ? 'spec.template'
      : 'spec.template.spec';
    errors.push(invalid(field, is.spec ?? null, 'field is immutable'));
  }
  return errors;
}

/** `printJob` of the real server: a Job without a number of completions is done when one of its pods is. */
function completions(object: StoredObject): string {
  const succeeded = numberAt(object, 'status', 'succeeded');
  const wanted = objectAt(object, 'spec').completions;
  if (typeof wanted === 'number') {
    return `${succeeded}/${wanted}`;
  }
  const parallelism = numberAt(object, 'spec', 'parallelism');
  return parallelism > 1
    ? `${succeeded}/1 of ${parallelism}`
    : `${succeeded}/1`;
}

function jobStatus(job: StoredObject): string {
  const conditions: unknown = objectAt(job, 'status').conditions;
  const has = (type: string) =>
    Array.isArray(conditions) &&
    conditions.some(
      item =>
        stringAt(item, 'type') === type && stringAt(item, 'status') === 'True',
    );
  if (has('Complete')) {
    return 'Complete';
  }
  if (has('Failed')) {
    return 'Failed';
  }
  if (job.metadata.deletionTimestamp) {
    return 'Terminating';
  }
  if (has('Suspended')) {
    return 'Suspended';
  }
  return has('FailureTarget') ? 'FailureTarget' : 'Running';
}

const job = defineKind({
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  categories: ['all'],
  status: true,
  generation: true,
  default: defaultJob,
  create: createJob,
  validate: (object, { subresource }) => (subresource ? [] : jobErrors(object)),
  validateChange: (object, old, { subresource }) =>
    subresource ? [] : jobChange(object, old),
  fields: {
    'status.successful': object =>
      String(numberAt(object, 'status', 'succeeded')),
  },
  columns: [
    { name: 'Status', cell: jobStatus },
    {
      name: 'Completions',
      cell: completions,
    },
    {
      name: 'Duration',
      cell: (object, nowMs) => {
        const start = stringAt(object, 'status', 'startTime');
        const end = stringAt(object, 'status', 'completionTime');
        return start === undefined
          ? ''
          : humanDuration((end ? Date.parse(end) : nowMs) - Date.parse(start));
      },
    },
    AGE,
    {
      name: 'Containers',
      wide: true,
      cell: object => containersOf(object, 'name'),
    },
    {
      name: 'Images',
      wide: true,
      cell: object => containersOf(object, 'image'),
    },
    {
      name: 'Selector',
      wide: true,
      cell: object => formatSelector(objectAt(object, 'spec').selector),
    },
  ],
});

/** Job. */
export const jobKinds = [job];
