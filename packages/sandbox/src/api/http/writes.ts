import { ServedKind } from '../seams';
import { parseBody } from '../rest/decode';
import { Patch, patchChange, patchType } from '../rest/patching';
import { OptionsKind, writeOptions } from '../rest/writeOptions';
import { answer, Call, readBody } from './call';
import { Exchange } from './exchange';

const optionsOf = (
  { exchange, subresource }: Call,
  kind: OptionsKind,
  apply = false,
) => ({
  ...writeOptions(exchange.request, exchange.query, exchange.user, kind, apply),
  warn: exchange.warn,
  subresource,
});

/** POST to a collection. */
export async function create(call: Call): Promise<void> {
  const { rest, exchange, kind, namespace } = call;
  const options = optionsOf(call, 'CreateOptions');
  const { value, duplicateFields } = await readBody(exchange, kind.kind);
  const decoded = rest.writer.decode(kind, value, duplicateFields, options);
  answer(call, 201, rest.writer.create(kind, namespace, decoded, options));
}

/** PUT of an object or its status. */
export async function update(call: Call): Promise<void> {
  const { rest, exchange, kind, namespace, name, subresource } = call;
  const options = optionsOf(call, 'UpdateOptions');
  const { value, duplicateFields } = await readBody(exchange, kind.kind);
  const decoded = rest.writer.decode(kind, value, duplicateFields, options);
  const written = rest.writer.update(kind, namespace, name, options, {
    compute: () => decoded,
    mayCreate: kind.createByPut && !subresource,
    replace: true,
  });
  answer(call, written.created ? 201 : 200, written.object);
}

/** PATCH of an object or its status, with any kind of patch. */
export async function patch(call: Call): Promise<void> {
  const { rest, exchange, kind, namespace, name } = call;
  const read = await readPatch(exchange, kind);
  const options = optionsOf(call, 'PatchOptions', read.type === 'apply');
  const change = patchChange(
    rest.writer,
    rest.libraries,
    kind,
    { ...read, force: options.force },
    options,
    name,
  );
  const written = rest.writer.update(kind, namespace, name, options, change);
  answer(call, written.created ? 201 : 200, written.object);
}

/**
 * Reads a patch by its content type.
 * @throws ApiFailure 400 or 415
 */
export async function readPatch(
  exchange: Exchange,
  kind: ServedKind,
): Promise<Patch> {
  const type = patchType(exchange.request.headers['content-type'], kind);
  const { value, duplicateFields } = parseBody(
    await exchange.body(),
    type === 'apply',
    kind.kind,
  );
  return { type, body: value, duplicates: duplicateFields, force: false };
}
