import { checkListOptions, listPage, tooLargeVersion } from '../rest/lists';
import { negotiate, renderList } from '../rest/output';
import { Watch } from '../rest/watches';
import { Store } from '../store';
import { answer, Call, objectOf } from './call';

/** Milliseconds that a read waits for a revision that has not come yet. */
const FUTURE_REVISION_WAIT_MS = 3_000;

/** GET of one object. */
export function get(call: Call): void {
  answer(call, 200, objectOf(call));
}

/** A read of a revision that has not come yet waits a moment for it, then fails. */
async function waitForRevision(
  store: Store,
  query: URLSearchParams,
): Promise<void> {
  const wanted = Number(query.get('resourceVersion') ?? 0);
  if (wanted <= store.revision || query.get('resourceVersionMatch') === 'Exact')
    return;
  await new Promise(resolve =>
    setTimeout(resolve, FUTURE_REVISION_WAIT_MS).unref(),
  );
  if (wanted > store.revision)
    throw tooLargeVersion(String(wanted), store.revision);
}

/** GET of a collection. */
export async function list({
  rest,
  exchange,
  kind,
  namespace,
}: Call): Promise<void> {
  const { query } = exchange;
  checkListOptions(query, false);
  const output = negotiate(exchange.request.headers.accept, query, kind);
  await waitForRevision(rest.store, query);
  const { items, metadata } = listPage(rest.store, kind, namespace, query);
  const text = renderList(kind, items, metadata, output, rest.now());
  exchange.json(200, text, { yaml: output.yaml });
}

/** GET of a collection with `watch`. */
export function watch({ rest, exchange, kind, namespace }: Call): void {
  const { query, response } = exchange;
  checkListOptions(query, true);
  const output = negotiate(exchange.request.headers.accept, query, false);
  const target = { kind, namespace, query, output };
  const { store, watches, now } = rest;
  const opened = new Watch(store, target, response, now, ended =>
    watches.delete(ended),
  );
  watches.add(opened);
  opened.start();
}
