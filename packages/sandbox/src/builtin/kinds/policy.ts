import { objectAt } from '../../api/json';
import { invalid } from '../../schema/fieldErrors';
import { AGE, defineKind } from '../defineKind';
import { numberAt } from '../printing';
import { selectorErrors } from '../selectors';
import { numberOrPercentErrors } from '../workloadValidation';

const podDisruptionBudget = defineKind({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  shortNames: ['pdb'],
  status: true,
  generation: true,
  create: draft => {
    draft.status = {
      disruptionsAllowed: 0,
      currentHealthy: 0,
      desiredHealthy: 0,
      expectedPods: 0,
    };
  },
  validate: object => {
    const spec = objectAt(object, 'spec');
    const { minAvailable, maxUnavailable, selector } = spec;
    const both = minAvailable !== undefined && maxUnavailable !== undefined;
    const detail = 'minAvailable and maxUnavailable cannot be both set';
    return [
      ...(both ? [invalid('spec', spec, detail)] : []),
      ...numberOrPercentErrors(minAvailable, 'spec.minAvailable'),
      ...numberOrPercentErrors(maxUnavailable, 'spec.maxUnavailable'),
      ...selectorErrors(selector, 'spec.selector'),
    ];
  },
  columns: [
    {
      name: 'Min Available',
      cell: object => String(objectAt(object, 'spec').minAvailable ?? 'N/A'),
    },
    {
      name: 'Max Unavailable',
      cell: object => String(objectAt(object, 'spec').maxUnavailable ?? 'N/A'),
    },
    {
      name: 'Allowed Disruptions',
      cell: object => numberAt(object, 'status', 'disruptionsAllowed'),
    },
    AGE,
  ],
});

/** PodDisruptionBudget. */
export const policyKinds = [podDisruptionBudget];
