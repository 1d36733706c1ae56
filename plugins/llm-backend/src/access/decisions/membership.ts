import { normalizeGroup } from '@slipway/plugin-llm-common';
import type { Member } from '@slipway/plugin-llm-node';

/** What is known of somebody. */
export interface KnownMember {
  /** Entity ref. */
  userEntityRef: string;
  /** As identity tokens name them, sorted: the last that were believed. */
  groups: string[];
  /** `suspended`: she is missing for too long to be let in, and it is not believed that she has left. */
  state: 'member' | 'suspended' | 'left';
  /** Since when the source says less of her and is not believed; ISO 8601. */
  doubtedAt?: string;
  /** How many more times what she holds must be looked at. */
  rechecks: number;
}

/** When a source of membership is not believed. */
export interface MembershipTrust {
  /** Largest share of the members, from 0 to 1, that may lose something in one refresh. */
  maxLossShare: number;
  /** For how long they go on as before when it is more; they are refused after that. */
  holdMinutes: number;
}

/** Where configuration says nothing. */
export const defaultTrust: MembershipTrust = {
  maxLossShare: 0.2,
  holdMinutes: 240,
};

/** So many may always lose something, however few members there are. */
const ALWAYS_BELIEVED = 5;

/**
 * How often what somebody holds is looked at after a loss: once at once, and once more after the next refresh, because another process
 * may have known her old groups for a moment longer and let her take something.
 */
const RECHECKS = 2;

/** What a refresh comes to. */
export interface MembershipPlan {
  /** Members as they are from now on; those that stay as they are are left out. */
  changes: KnownMember[];
  /** Present when the source is not believed: how many would lose something, of how many. */
  doubt?: { losing: number; of: number };
}

/** Groups as they are kept and compared: without a leading slash, sorted, each once. */
export function tidyGroups(groups: string[]): string[] {
  return [...new Set(groups.map(normalizeGroup))].sort();
}

/**
 * Compares what is known with what the source says. Whoever joins or gains a group does so at once. Whoever leaves or loses a group does
 * too, unless so many do in one refresh that it rather is the source that has lost them: ending a key can't be undone, so then nothing
 * is ended. For `holdMinutes` they go on as before, as if the source could not be read; after that their calls are refused, which
 * does undo itself as soon as the source is believed again.
 */
export function planMembership(
  known: KnownMember[],
  source: Member[],
  options: MembershipTrust & { now: Date },
): MembershipPlan {
  const fresh = new Map(
    source.map(({ userEntityRef, groups }) => [
      userEntityRef.toLocaleLowerCase('en-US'),
      tidyGroups(groups),
    ]),
  );
  const present = known.filter(({ state }) => state !== 'left');
  const knownRefs = new Set(present.map(member => member.userEntityRef));
  const losing = present.filter(member =>
    loses(member, fresh.get(member.userEntityRef)),
  );
  const allowed = Math.max(
    ALWAYS_BELIEVED,
    Math.floor(options.maxLossShare * present.length),
  );
  const doubtful =
    losing.length > 0 && (losing.length > allowed || fresh.size === 0);
  const losers = new Set(losing);
  const changes = present.flatMap(member => {
    const groups = fresh.get(member.userEntityRef);
    if (!losers.has(member)) {
      return kept(member, groups ?? []);
    }
    return doubtful ? doubted(member, options) : [lost(member, groups)];
  });
  for (const [userEntityRef, groups] of fresh) {
    if (!knownRefs.has(userEntityRef)) {
      changes.push({ userEntityRef, groups, state: 'member', rechecks: 0 });
    }
  }
  return doubtful
    ? { changes, doubt: { losing: losing.length, of: present.length } }
    : { changes };
}

function loses(member: KnownMember, groups: string[] | undefined): boolean {
  return !groups || member.groups.some(group => !groups.includes(group));
}

/** Somebody who keeps what she has, and may have gained. */
function kept(member: KnownMember, groups: string[]): KnownMember[] {
  const same =
    member.state === 'member' &&
    member.doubtedAt === undefined &&
    member.groups.length === groups.length;
  return same
    ? []
    : [{ ...member, groups, state: 'member', doubtedAt: undefined }];
}

function lost(member: KnownMember, groups: string[] | undefined): KnownMember {
  return {
    ...member,
    groups: groups ?? [],
    state: groups ? 'member' : 'left',
    doubtedAt: undefined,
    rechecks: RECHECKS,
  };
}

function doubted(
  member: KnownMember,
  { holdMinutes, now }: MembershipTrust & { now: Date },
): KnownMember[] {
  const doubtedAt = member.doubtedAt ?? now.toISOString();
  const until = new Date(doubtedAt).getTime() + holdMinutes * 60_000;
  const state = now.getTime() >= until ? 'suspended' : member.state;
  return state === member.state && member.doubtedAt !== undefined
    ? []
    : [{ ...member, state, doubtedAt }];
}
