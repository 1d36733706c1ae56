import { objectAt } from '../../api/json';
import { FieldError, JsonObject } from '../../api/seams';
import { invalid } from '../../schema/fieldErrors';
import { AGE, defineKind } from '../defineKind';
import { textAt } from '../printing';

function leaseErrors(object: JsonObject): FieldError[] {
  const { leaseDurationSeconds, leaseTransitions } = objectAt(object, 'spec');
  const errors: FieldError[] = [];
  if (typeof leaseDurationSeconds === 'number' && leaseDurationSeconds <= 0) {
    errors.push(
      invalid(
        'spec.leaseDurationSeconds',
        leaseDurationSeconds,
        'must be greater than 0',
      ),
    );
  }
  if (typeof leaseTransitions === 'number' && leaseTransitions < 0) {
    errors.push(
      invalid(
        'spec.leaseTransitions',
        leaseTransitions,
        'must be greater than or equal to 0',
      ),
    );
  }
  return errors;
}

const lease = defineKind({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  createByPut: true,
  default: draft => {
    draft.spec ??= {};
  },
  validate: leaseErrors,
  columns: [
    {
      name: 'Holder',
      cell: object => textAt(object, ['spec', 'holderIdentity'], ''),
    },
    AGE,
  ],
});

/** Lease. */
export const leaseKinds = [lease];
