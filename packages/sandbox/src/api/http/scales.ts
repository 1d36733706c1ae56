import { decodeObject } from '../rest/decode';
import { patched } from '../rest/patching';
import { writeOptions } from '../rest/writeOptions';
import { scaled, scaleOf } from '../virtual/scale';
import { asObject, Call, objectOf, readBody } from './call';
import { readPatch } from './writes';

/** GET, PUT and PATCH of the `scale` subresource. */
export async function scale(call: Call): Promise<void> {
  const { rest, exchange, kind, namespace, name } = call;
  if (exchange.method === 'GET') {
    exchange.json(200, JSON.stringify(scaleOf(kind, objectOf(call))));
    return;
  }
  const isPatch = exchange.method === 'PATCH';
  const { request, query, user } = exchange;
  const options = {
    ...writeOptions(
      request,
      query,
      user,
      isPatch ? 'PatchOptions' : 'UpdateOptions',
    ),
    subresource: 'scale',
  };
  const patch = isPatch ? await readPatch(exchange, kind) : undefined;
  const body = patch ? undefined : await readBody(exchange, 'Scale');
  const written = rest.writer.update(kind, namespace, name, options, {
    compute: current => {
      const object = current ?? objectOf(call);
      const wanted = patch
        ? patched(rest.libraries, kind, scaleOf(kind, object), patch)
        : asObject(body?.value, 'Scale');
      return decodeObject(kind, scaled(kind, object, wanted));
    },
  });
  exchange.json(200, JSON.stringify(scaleOf(kind, written.object)));
}
