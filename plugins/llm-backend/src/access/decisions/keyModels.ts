import { NotFoundError } from '@backstage/errors';
import { AccessDirectory, Grant, KeyModel } from '../types';
import { isFor, isOpenTo, Principal } from './validity';

/** What the models of a new key are found from. */
export interface KeyModelsInput {
  /** The models asked for. */
  wanted: string[];
  tenant: string;
  principal: Principal;
  /** The principal's grants that hold. */
  grants: Grant[];
  /** Whether models that are open to the principal count, without a grant. */
  implicit: boolean;
  directory: AccessDirectory;
}

/**
 * The grant behind each model of a new key; of several the one that holds longest.
 *
 * @throws NotFoundError when a model is unknown or not the principal's to call: the two are told alike
 */
export function keyModels(input: KeyModelsInput): KeyModel[] {
  const { wanted, tenant, principal, grants, directory } = input;
  return [...new Set(wanted)].map(ref => {
    const grant = grants
      .filter(each => each.model === ref && isFor(each, principal, tenant))
      .reduce<Grant | undefined>(
        (longest, each) =>
          longest && longest.expiresAt >= each.expiresAt ? longest : each,
        undefined,
      );
    if (grant) {
      return { model: ref, grantId: grant.id };
    }
    const model = directory.model(ref);
    if (!input.implicit || !model || !isOpenTo(model, principal)) {
      throw new NotFoundError(
        `There is no model ${ref} that ${
          'service' in principal ? `service ${principal.service}` : 'you'
        } may call in tenant ${tenant}. Ask for access first.`,
      );
    }
    return { model: ref };
  });
}

/** What a key has lost because its owner, her groups or a model's `spec.access` changed. */
export function lostModels(
  key: { models: KeyModel[]; tenant: string },
  options: {
    principal: Principal;
    grants: ReadonlyMap<string, Grant>;
    directory: AccessDirectory;
  },
): KeyModel[] {
  const { principal, grants, directory } = options;
  return key.models.filter(({ model: ref, grantId }) => {
    if (grantId !== undefined) {
      const grant = grants.get(grantId);
      return !grant || !isFor(grant, principal, key.tenant);
    }
    // A model that is away is dormant, and takes nothing from anybody.
    const model = directory.model(ref);
    return model !== undefined && !isOpenTo(model, principal);
  });
}
