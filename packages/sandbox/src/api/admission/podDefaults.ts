import { isObject, listAt, objectAt } from '../json';
import { AdmissionPlugin } from './admission';

const UNREACHABLE = [
  'node.kubernetes.io/not-ready',
  'node.kubernetes.io/unreachable',
];

/** Priority and DefaultTolerationSeconds: what every new pod gets. */
export const podDefaults: AdmissionPlugin = {
  mutate({ operation, kind, object, subresource }) {
    if (
      operation !== 'CREATE' ||
      kind.group !== '' ||
      kind.plural !== 'pods' ||
      subresource
    )
      return;
    const spec = objectAt(object, 'spec');
    spec.priority ??= 0;
    spec.preemptionPolicy ??= 'PreemptLowerPriority';
    const tolerations = listAt(spec, 'tolerations');
    for (const key of UNREACHABLE) {
      const tolerated = tolerations.some(
        item =>
          isObject(item) &&
          (item.key === key || (!item.key && item.operator === 'Exists')) &&
          (!item.effect || item.effect === 'NoExecute'),
      );
      if (tolerated) continue;
      tolerations.push({
        key,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      });
    }
    if (tolerations.length > 0) spec.tolerations = tolerations;
  },
};
