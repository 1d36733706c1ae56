const CRLF = '\r\n';
/** Fields before the one that is looked for; a form of OpenAI's has less than ten. */
const MAX_PARTS = 100;
const MAX_PART_HEADERS = 4_096;

/**
 * The field `model` of a form (RFC 7578). Undefined when it is not there, comes twice, or the form can't be read: nothing is guessed.
 *
 * Over gRPC Envoy writes `!` for each byte that is no UTF-8, so a file in the form is not what was sent; lengths and delimiters are.
 *
 * @param parameters - of the `content-type`: one of them must be the boundary
 */
export function modelOfForm(
  body: Buffer,
  parameters: string[],
): string | undefined {
  const boundary = parameters
    .map(parameter => /^boundary=("?)([^"]{1,70})\1$/i.exec(parameter)?.[2])
    .find(value => value !== undefined);
  if (boundary === undefined) {
    return undefined;
  }
  const models: string[] = [];
  let parts = 0;
  for (const part of partsOf(body, boundary)) {
    if (part === undefined || ++parts > MAX_PARTS) {
      return undefined;
    }
    if (nameOf(part.headers) === 'model') {
      models.push(part.content);
    }
  }
  return models.length === 1 && models[0] !== '' ? models[0] : undefined;
}

interface Part {
  headers: string;
  /** As text; only looked at where it is a field. */
  readonly content: string;
}

/** The parts in order; undefined where the form is broken. */
function* partsOf(body: Buffer, boundary: string): Generator<Part | undefined> {
  const delimiter = `${CRLF}--${boundary}`;
  // The first delimiter has no line break before it when nothing comes before the form.
  let at = body.indexOf(delimiter.slice(CRLF.length));
  if (at !== 0) {
    at = body.indexOf(delimiter);
    at = at < 0 ? -1 : at + CRLF.length;
  }
  if (at < 0) {
    yield undefined;
    return;
  }
  at += delimiter.length - CRLF.length;
  while (body.toString('latin1', at, at + 2) !== '--') {
    const from = at;
    const head = body.indexOf(`${CRLF}${CRLF}`, from);
    // The empty line may be the line break of the next delimiter: a part without content.
    const end = body.indexOf(delimiter, head + CRLF.length);
    const wellFormed = body.toString('latin1', from, from + 2) === CRLF;
    if (!wellFormed || head < 0 || end < 0 || head - from > MAX_PART_HEADERS) {
      yield undefined;
      return;
    }
    yield {
      headers: body.toString('utf8', from, head),
      get content() {
        return body.toString('utf8', head + 2 * CRLF.length, end);
      },
    };
    at = end + delimiter.length;
  }
}

/** The name of a field; undefined for a file and for what is no field. */
function nameOf(headers: string): string | undefined {
  const disposition = headers
    .split(CRLF)
    .find(line => /^content-disposition:/i.test(line));
  if (disposition === undefined || /;\s*filename\*?=/i.test(disposition)) {
    return undefined;
  }
  const match = /;\s*name=(?:"([^"]*)"|([^\s;]+))/i.exec(disposition);
  return match?.[1] ?? match?.[2];
}
