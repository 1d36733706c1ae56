import { GRPC_PREFIX_BYTES } from './checkMessages';

/** Statuses of gRPC that are used here (`google.rpc.Code`). */
export const RpcStatus = {
  invalidArgument: 3,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
} as const;

/** A call that is answered with a status other than OK. */
export class RpcError extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
    this.name = 'RpcError';
  }
}

/** Puts the one message of a unary call together, however it is cut into frames. */
export class MessageReader {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #expected: number | undefined;

  constructor(private readonly maxBytes: number) {}

  /**
   * Takes what has arrived.
   *
   * @throws RpcError as soon as it can be told that the message is compressed, too long, or not the only one
   */
  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#expected === undefined && this.#bytes >= GRPC_PREFIX_BYTES) {
      this.#expected = this.#readPrefix();
    }
    if (
      this.#expected !== undefined &&
      this.#bytes > this.#expected + GRPC_PREFIX_BYTES
    ) {
      throw new RpcError(
        RpcStatus.invalidArgument,
        'more than one message was sent',
      );
    }
  }

  /**
   * The message, without its prefix.
   *
   * @throws RpcError when it is not complete
   */
  finish(): Buffer {
    if (
      this.#expected === undefined ||
      this.#bytes < this.#expected + GRPC_PREFIX_BYTES
    ) {
      throw new RpcError(
        RpcStatus.invalidArgument,
        'the message is shorter than its length says',
      );
    }
    return this.#whole().subarray(GRPC_PREFIX_BYTES);
  }

  #readPrefix(): number {
    const whole = this.#whole();
    if (whole[0] !== 0) {
      throw new RpcError(
        RpcStatus.unimplemented,
        'compressed messages are not supported',
      );
    }
    const expected = whole.readUInt32BE(1);
    if (expected > this.maxBytes) {
      throw new RpcError(
        RpcStatus.resourceExhausted,
        `a message may have ${this.maxBytes} bytes, not ${expected}`,
      );
    }
    return expected;
  }

  #whole(): Buffer {
    if (this.#chunks.length > 1) {
      this.#chunks.splice(0, this.#chunks.length, Buffer.concat(this.#chunks));
    }
    return this.#chunks[0];
  }
}
