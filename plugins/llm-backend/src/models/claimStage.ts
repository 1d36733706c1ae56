import { pending, Stage } from './conditions';
import { textAt } from './json';
import { Model } from './model';
import { namesOf } from './names';
import { Observed } from './observed';

/** What is wrong with the claim for a model's weights, or nothing. */
export function claimStage(
  model: Model,
  observed: Observed,
): Stage | undefined {
  const name = namesOf(model).claim;
  const { claim } = observed;
  if (
    observed.storageClassFound === false &&
    textAt(claim, 'status', 'phase') !== 'Bound'
  ) {
    const wanted =
      textAt(claim, 'spec', 'storageClassName') ??
      model.storage.storageClassName;
    return pending(
      'StorageClassNotFound',
      `There is no storage class ${wanted}, so the claim ${name} can not be bound. Correct spec.model.storage.storageClassName and delete the claim, or create the class.`,
    );
  }
  if (!claim) {
    return undefined;
  }
  if (claim.metadata.deletionTimestamp !== undefined) {
    return pending(
      'ClaimTerminating',
      `The claim ${name} is being deleted; it is made anew, and the weights fetched again, when it is gone.`,
    );
  }
  if (textAt(claim, 'status', 'phase') === 'Lost') {
    return pending(
      'ClaimLost',
      `The volume of the claim ${name} is gone. Delete the claim to have it made anew.`,
    );
  }
  return undefined;
}
