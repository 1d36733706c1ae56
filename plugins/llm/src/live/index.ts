export { useLiveResource, type LiveResource } from './useLiveResource';
export { statusOf, type LiveState } from './LiveLoop';
export { LiveIndicator } from './LiveIndicator';
export { StaleBanner } from './StaleBanner';
export { useLivePages, type LivePages } from './useLivePages';
export { announceOwnChange } from './ownChanges';
