import { Registry } from '../registry';
import { Deleter } from '../rest/deletion';
import { Writer } from '../rest/writer';
import { Store } from '../store';

/** What the controllers of the API server work with. */
export interface ControllerContext {
  store: Store;
  registry: Registry;
  writer: Writer;
  deleter: Deleter;
  /** Told of what a controller throws; a defect of the sandbox. */
  onError: (error: unknown) => void;
}
