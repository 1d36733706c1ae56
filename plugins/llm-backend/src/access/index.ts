/**
 * The access room: requests, grants, keys, and the feed that authorizers live on.
 *
 * Decisions are pure and in `decisions/`; each statement to the database is a function of its own in `database/operations/`; the
 * services between them find out who asks, decide, and write in one transaction (`database/mutate.ts`).
 */

export { AccessService } from './AccessService';
export type { AccessServiceOptions } from './AccessService';
export { openDatabase } from './migrate';
export { ClusterDirectory, readModel, readTenant } from './ClusterDirectory';
export { Consequences } from './Consequences';
export type { DecisionFacts, GpuHeadroom } from './Consequences';
export type { GrantFilter } from './database/operations/grants/list';
export type { IssuedKey } from './KeyService';
export { accessJobs, MEMBERSHIP_JOB } from './jobs';
export { Narrowings } from './narrowings';
export { Membership } from './membership/Membership';
export { catalogMembers } from './membership/catalogMembers';
export { defaultTrust } from './decisions/membership';
export type { MembershipTrust } from './decisions/membership';
export { toTenantSummary } from './summarize';
export type { Retriable } from './answerOnce';
export { defaultLimits } from './decisions/limits';
export type { AccessLimits } from './decisions/limits';
export { parseRules } from './decisions/requestRules';
export type { AccessRule } from './decisions/requestRules';
export {
  mayCall,
  grantValidity,
  isFor,
  isOpenTo,
  keyValidity,
} from './decisions/validity';
export { confirmBy } from './decisions/recertification';
export { isMember } from './decisions/standing';
export { grantsForCall } from './database/operations/grants/forCall';
export { openRequests } from './database/operations/requests/open';
export { ClusterModels } from './newModels/ClusterModels';
export type { NewModelWay } from './newModels/NewModelWay';
export { PullRequestModels } from './newModels/PullRequestModels';
export { readPullRequestSettings } from './newModels/pullRequests/readSettings';
export { blockedInWords } from './refuseBlocked';
export { selectBlocks } from './database/operations/blocks/select';
export { grantsEndingBetween, newsSince } from './news';
export type { AccessNews, EndingGrant } from './news';
export { grantsDueOn } from './database/operations/grants/dueOn';
export { readNotified } from './database/operations/notified/read';
export { saveNotified } from './database/operations/notified/save';
export type { Principal, Validity } from './decisions/validity';
export { mayDecide } from './decisions/requestState';
export { IndexDigest } from './indexEntries';
export type { GrantEntry, IndexEntry, KeyEntry } from './indexEntries';
export { hashKey } from './context';
export type * from './types';
