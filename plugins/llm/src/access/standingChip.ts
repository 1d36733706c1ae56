import {
  AccessEndReason,
  AccessStanding,
  BlockedBy,
} from '@slipway/plugin-llm-common';
import { Tone } from '../components/Chip';
import { formatLeft } from '../format';

/** From so many days before its end on, a grant or a key says how long it still holds. */
const SOON_DAYS = 14;
const DAY_MS = 24 * 60 * 60 * 1000;

/** How the standing of a grant or a key is told: a chip, and a few words below it where there is more to say. */
export interface StandingChip {
  tone: Tone;
  icon: 'check' | 'clock' | 'half' | 'dash';
  label: 'active' | 'endsIn' | 'dormant' | 'ended' | 'blocked';
  /** How long it still holds, for `endsIn`. */
  left?: string;
  reason?:
    | AccessEndReason
    | BlockedBy
    | Extract<AccessStanding, { state: 'dormant' }>['because'];
}

/** Whether something that is valid now ends within two weeks. */
export function endsSoon(expiresAt: string, nowMs: number): boolean {
  return Date.parse(expiresAt) - nowMs <= SOON_DAYS * DAY_MS;
}

/** The chip of a grant or a key. */
export function standingChip(
  subject: { standing: AccessStanding; expiresAt: string },
  nowMs: number,
): StandingChip {
  const { standing, expiresAt } = subject;
  if (standing.state === 'ended') {
    return {
      tone: 'neutral',
      icon: 'dash',
      label: 'ended',
      reason: standing.because,
    };
  }
  if (standing.state === 'dormant') {
    return {
      tone: 'warning',
      icon: 'half',
      label: 'dormant',
      reason: standing.because,
    };
  }
  if (standing.state === 'blocked') {
    return {
      tone: 'warning',
      icon: 'dash',
      label: 'blocked',
      reason: standing.because,
    };
  }
  if (endsSoon(expiresAt, nowMs)) {
    return {
      tone: 'warning',
      icon: 'clock',
      label: 'endsIn',
      left: formatLeft(Date.parse(expiresAt) - nowMs),
    };
  }
  return { tone: 'positive', icon: 'check', label: 'active' };
}
