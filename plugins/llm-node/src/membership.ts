import { createExtensionPoint } from '@backstage/backend-plugin-api';

/** Somebody and her groups. */
export interface Member {
  /** Entity ref, in lower case: `user:default/mara`. */
  userEntityRef: string;
  /** As identity tokens name them; a leading slash is dropped. */
  groups: string[];
}

/** Who belongs to which groups: the catalog, or an identity provider. */
export interface MembershipSource {
  /** For logs, e.g. `catalog`. */
  name: string;
  /**
   * Everybody there is. Whoever is missing has left, so an answer that may be incomplete must be an error.
   *
   * @throws when the source can't be read whole
   */
  members(): Promise<Member[]>;
  /** One person, as the source has her now; nothing for somebody that it does not know. */
  member(userEntityRef: string): Promise<Member | undefined>;
}

/** Where the llm plugin learns who belongs to which groups. */
export interface LlmMembershipExtensionPoint {
  /**
   * Reads membership from here instead of from the catalog. There is one source: with two, somebody who left one of them would live
   * on through the other.
   *
   * @throws Error when another module has set one
   */
  setSource(source: MembershipSource): void;
}

/** {@inheritdoc LlmMembershipExtensionPoint} */
export const llmMembershipExtensionPoint =
  createExtensionPoint<LlmMembershipExtensionPoint>({ id: 'llm.membership' });
