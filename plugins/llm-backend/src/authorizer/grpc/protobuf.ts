/** Bytes that are no protobuf message, or not one that can be read here. */
export class ProtobufError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ProtobufError';
  }
}

const LENGTH_DELIMITED = 2;

/**
 * Walks over the fields of a message in place. Values with a length are `bytes.subarray(start, end)`; others are passed over.
 * Every length is checked against the end of the message it is in.
 */
export class FieldCursor {
  /** Number of the field; 0 before the first one. */
  field = 0;
  /** Whether the field has a length: text, bytes or a message. Only then `start` and `end` mean something. */
  hasLength = false;
  start = 0;
  end = 0;
  #at: number;

  constructor(
    readonly bytes: Buffer,
    from = 0,
    private readonly to = bytes.length,
  ) {
    this.#at = from;
  }

  /**
   * Goes to the next field; false at the end.
   *
   * @throws ProtobufError when the bytes end in the middle of a field, or are none
   */
  next(): boolean {
    if (this.#at >= this.to) {
      return false;
    }
    const tag = this.#varint();
    const wire = tag % 8;
    this.field = Math.floor(tag / 8);
    if (this.field === 0) {
      throw new ProtobufError('a field has the number 0');
    }
    this.hasLength = wire === LENGTH_DELIMITED;
    if (this.hasLength) {
      const length = this.#varint();
      this.start = this.#at;
      this.#skip(length);
      this.end = this.#at;
    } else if (wire === 0) {
      this.#varint();
    } else if (wire === 1) {
      this.#skip(8);
    } else if (wire === 5) {
      this.#skip(4);
    } else {
      throw new ProtobufError(`a field has the wire type ${wire}`);
    }
    return true;
  }

  /** A cursor over the message that this field holds. */
  inner(): FieldCursor {
    return new FieldCursor(this.bytes, this.start, this.end);
  }

  /** The text that this field holds. */
  text(): string {
    return this.bytes.toString('utf8', this.start, this.end);
  }

  #skip(length: number): void {
    if (length > this.to - this.#at) {
      throw new ProtobufError('a field is longer than the message it is in');
    }
    this.#at += length;
  }

  /** At most 64 bits. Those above 2^53 are inexact; nothing that is read here is so large. */
  #varint(): number {
    let value = 0;
    let scale = 1;
    for (let read = 0; read < 10; read++) {
      if (this.#at >= this.to) {
        throw new ProtobufError('the message ends in the middle of a number');
      }
      const byte = this.bytes[this.#at++];
      value += (byte % 128) * scale;
      if (byte < 128) {
        return value;
      }
      scale *= 128;
    }
    throw new ProtobufError('a number is longer than 10 bytes');
  }
}

/**
 * Writes a message from its end to its beginning, so that the length of what is inside is known when its frame is written, and nothing is
 * copied twice. Fields are to be written in reverse.
 */
export class BackwardWriter {
  #buffer: Buffer;
  #at: number;

  constructor(bytes = 1024) {
    this.#buffer = Buffer.allocUnsafe(bytes);
    this.#at = bytes;
  }

  /** How many bytes are written; give it to {@link frame} as the mark of where a message ends. */
  get written(): number {
    return this.#buffer.length - this.#at;
  }

  /** Writes text or bytes as a field. */
  bytes(field: number, value: string | Buffer): void {
    const length =
      typeof value === 'string' ? Buffer.byteLength(value) : value.length;
    this.#room(length);
    this.#at -= length;
    if (typeof value === 'string') {
      this.#buffer.write(value, this.#at, 'utf8');
    } else {
      value.copy(this.#buffer, this.#at);
    }
    this.#prefix(field, length);
  }

  /** Writes a whole number, not negative, as a field. */
  number(field: number, value: number): void {
    this.#varint(value);
    this.#varint(field * 8);
  }

  /** Puts what was written since the mark into a message that is a field. */
  frame(field: number, mark: number): void {
    this.#prefix(field, this.written - mark);
  }

  /** All of it, with room for `headBytes` before it. */
  finish(headBytes: number): Buffer {
    this.#room(headBytes);
    this.#at -= headBytes;
    return this.#buffer.subarray(this.#at);
  }

  #prefix(field: number, length: number): void {
    this.#varint(length);
    this.#varint(field * 8 + LENGTH_DELIMITED);
  }

  #varint(value: number): void {
    this.#room(10);
    let length = 1;
    for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) {
      length++;
    }
    this.#at -= length;
    let rest = value;
    for (let index = 0; index < length - 1; index++) {
      this.#buffer[this.#at + index] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#at + length - 1] = rest;
  }

  #room(length: number): void {
    if (this.#at >= length) {
      return;
    }
    const { written } = this;
    const larger = Buffer.allocUnsafe((written + length) * 2);
    this.#buffer.copy(larger, larger.length - written, this.#at);
    this.#buffer = larger;
    this.#at = larger.length - written;
  }
}
