export { useLiveResource, type LiveResource } from './useLiveResource';
export { statusOf, type LiveState } from './LiveLoop';
export { LiveIndicator } from './LiveIndicator';
export { StaleBanner } from './StaleBanner';
