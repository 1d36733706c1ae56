import { StoredObject } from '../../types';
import { WorldContext } from '../context';
import { Programs } from '../programs/programs';
import { VolumeStore } from '../storage/volumeStore';
import { Attachments } from './attachments';
import { Images } from './images';

/** What the pods of all nodes share. */
export interface KubeletServices {
  world: WorldContext;
  images: Images;
  programs: Programs;
  store: VolumeStore;
  attachments: Attachments;
  /** A pod address that nobody has. */
  nextPodIp(): string;
  /** Address of a node. */
  hostIp(node: string): string;
  /** Has the pod looked at again, at once or after so many milliseconds. */
  wake(key: string, delayMs?: number): void;
  /** Has the pod looked at when a Secret or ConfigMap of its namespace changes. */
  wakeOnConfig(pod: StoredObject): void;
}
