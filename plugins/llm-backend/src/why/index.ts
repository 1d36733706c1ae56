/**
 * "Why can't I call this?": walks identity → grant → key → limit → phase → route → endpoints → network, and names the one broken link,
 * what a client is answered, who can fix it and how. `explain` decides, from plain facts; `WhyService` gathers them.
 */
export { WhyService } from './WhyService';
export type { WhyCaller } from './WhyService';
