import { Socket } from 'node:net';
import {
  OpenConnections,
  RequestFaults,
  WatchFilter,
} from '../admin/requestFaults';
import { Watch } from './rest/watches';
import { Store } from './store';

const matches = ({ target }: Watch, filter: WatchFilter): boolean =>
  (filter.group === undefined || filter.group === target.kind.group) &&
  (filter.plural === undefined || filter.plural === target.kind.plural) &&
  (filter.namespace === undefined ||
    target.namespace === undefined ||
    filter.namespace === target.namespace);

/** What can be made to go wrong with the server from outside: open connections, history, and single requests. */
export class ServerFaults implements OpenConnections {
  /** Asked for each request; set by whoever drives the faults. */
  requests?: RequestFaults;
  readonly #store: Store;
  readonly #watches: ReadonlySet<Watch>;
  readonly #sockets: ReadonlySet<Socket>;

  constructor(
    store: Store,
    watches: ReadonlySet<Watch>,
    sockets: ReadonlySet<Socket>,
  ) {
    this.#store = store;
    this.#watches = watches;
    this.#sockets = sockets;
  }

  expireWatches(filter: WatchFilter): number {
    const found = [...this.#watches].filter(watch => matches(watch, filter));
    for (const watch of found) watch.expire();
    return found.length;
  }

  dropConnections(filter?: WatchFilter): number {
    if (!filter) {
      const sockets = [...this.#sockets];
      for (const socket of sockets) socket.destroy();
      return sockets.length;
    }
    const found = [...this.#watches].filter(watch => matches(watch, filter));
    for (const watch of found) watch.drop();
    return found.length;
  }

  /** Throws the history away: older resourceVersions and continue tokens answer 410 from now on. */
  compactHistory(): void {
    this.#store.compact();
  }
}
