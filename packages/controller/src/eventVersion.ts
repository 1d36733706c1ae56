const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPENS = new Set([0x7b, 0x5b]);
const CLOSES = new Set([0x7d, 0x5d]);

/** How API servers begin the line of an object that was added or changed. */
const STARTS = ['ADDED', 'MODIFIED'].map(type =>
  Buffer.from(`{"type":"${type}","object":{`),
);

/**
 * The `resourceVersion` of the object in a line of a watch, if it was added or changed. Reads only as far as it has to and makes no objects:
 * parsing costs more than ten times as much, and is in vain for an object that is known already. Undefined for everything else, also for
 * JSON with white space, which API servers do not send.
 */
export function eventVersion(line: Buffer): string | undefined {
  const start = STARTS.find(candidate =>
    line.subarray(0, candidate.length).equals(candidate),
  );
  const metadata = start && findMember(line, start.length, 'metadata');
  if (metadata === undefined || !OPENS.has(line[metadata])) {
    return undefined;
  }
  const version = findMember(line, metadata + 1, 'resourceVersion');
  return version === undefined || line[version] !== QUOTE
    ? undefined
    : line.toString('latin1', version + 1, endOfString(line, version) - 1);
}

/** Where the value of a member of an object begins, if the object has it. `at`: just behind its brace. */
function findMember(
  line: Buffer,
  at: number,
  name: string,
): number | undefined {
  let key = at;
  while (line[key] === QUOTE) {
    const colon = endOfString(line, key);
    if (line[colon] !== COLON) {
      return undefined;
    }
    if (
      colon - key === name.length + 2 &&
      line.toString('latin1', key + 1, colon - 1) === name
    ) {
      return colon + 1;
    }
    const end = endOfValue(line, colon + 1);
    if (line[end] !== COMMA) {
      return undefined;
    }
    key = end + 1;
  }
  return undefined;
}

/** Just behind the value that begins at `at`. */
function endOfValue(line: Buffer, at: number): number {
  let depth = 0;
  for (let index = at; index < line.length; ) {
    const byte = line[index];
    if (byte === QUOTE) {
      index = endOfString(line, index);
    } else if (CLOSES.has(byte) && depth === 0) {
      return index;
    } else {
      depth += OPENS.has(byte) ? 1 : 0;
      depth -= CLOSES.has(byte) ? 1 : 0;
      index += 1;
    }
    if (depth === 0 && (line[index] === COMMA || CLOSES.has(line[index]))) {
      return index;
    }
  }
  return line.length;
}

/** Just behind the string that begins at `at`. */
function endOfString(line: Buffer, at: number): number {
  let index = at + 1;
  while (index < line.length && line[index] !== QUOTE) {
    index += line[index] === BACKSLASH ? 2 : 1;
  }
  return index + 1;
}
