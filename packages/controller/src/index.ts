export * from './types';
export * from './errors';
export * from './resources';
export { createKubeClient } from './client';
export type { KubeClientOptions } from './client';
export type { ApiCall, ClientHooks } from './httpKubeClient';
export { HttpKubeClient } from './httpKubeClient';
export { systemClock } from './clock';
export type { Clock, Timer } from './clock';
export { jsonLogger, silentLogger } from './logger';
export type { Logger, LogFields } from './logger';
export { Cache } from './cache';
export type { CacheEvent, CacheOptions } from './cache';
export { Silence } from './silence';
export { BY_NAMESPACE, BY_OWNER_UID } from './objectStore';
export type { Indexer } from './objectStore';
export { compactManagedFields } from './managedFields';
export { ServedKinds } from './servedKinds';
export { WorkQueue } from './queue';
export type { WorkQueueOptions } from './queue';
export { watch, ownersOf } from './controller';
export type {
  ControllerOptions,
  ReconcileContext,
  ReconcileOutcome,
  WatchSource,
} from './controller';
export { createManager, Manager } from './manager';
export type { ManagerOptions } from './manager';
export { ControllerMetrics } from './metrics';
export type { ReconcileResult } from './metrics';
export { startStatusServer } from './statusServer';
export type { StatusServer, StatusSource } from './statusServer';
export { LeaderElection, NotLeaderError } from './leaderElection';
export type { Lease, LeaderElectionOptions } from './leaderElection';
export { parseLabelSelector } from './selectors';
export type { LabelMatcher } from './selectors';
export { Applier, ForeignObjectError, KindNotServedError } from './applier';
export type {
  Applied,
  AppliedSet,
  ApplierOptions,
  ApplyAction,
  Ownership,
} from './applier';
export { setCondition, setConditions, timestamp } from './conditions';
export type { Condition } from './conditions';
export { EventRecorder } from './events';
export type { EventNote, EventRecorderOptions } from './events';
export { parseQuantity } from './quantity';
