import { ClusterApi } from '../types';
import { Clock } from './clock';
import { WorldDelays } from './delays';
import { EventRecorder } from './events';
import { Loop } from './loop';
import { Random } from './random';

/** What every simulated component works with. */
export interface WorldContext {
  cluster: ClusterApi;
  clock: Clock;
  loop: Loop;
  delays: WorldDelays;
  random: Random;
  events: EventRecorder;
}
