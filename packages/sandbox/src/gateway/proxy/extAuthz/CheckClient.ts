import { connect, type ClientHttp2Session } from 'node:http2';

/** A message of gRPC is preceded by a flag for compression and four bytes of length. */
const prefixBytes = 5;
/** Larger than any answer of an authorizer that is well. */
const largestAnswer = 1024 * 1024;

/** Calls `envoy.service.auth.v3.Authorization/Check` over HTTP/2 without TLS, one connection for each port on loopback. */
export class CheckClient {
  readonly #sessions = new Map<number, ClientHttp2Session>();

  /** Sends a CheckRequest. @throws Error when there is no answer with status 0; ending `signal` ends the call */
  async check(
    port: number,
    message: Buffer,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<Buffer> {
    const prefix = Buffer.alloc(prefixBytes);
    prefix.writeUInt32BE(message.length, 1);
    const stream = this.#session(port).request(
      {
        ':method': 'POST',
        ':path': '/envoy.service.auth.v3.Authorization/Check',
        'content-type': 'application/grpc',
        te: 'trailers',
        'grpc-timeout': `${Math.max(1, Math.round(timeoutMs))}m`,
      },
      { signal },
    );
    let status: unknown;
    const note = (headers: Record<string, unknown>) => {
      status = headers['grpc-status'] ?? status;
    };
    stream.on('response', note);
    stream.on('trailers', note);
    stream.end(Buffer.concat([prefix, message]));
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > largestAnswer) throw new Error('the answer is too large');
      chunks.push(chunk);
    }
    if (String(status) !== '0')
      throw new Error(`the authorizer answered with grpc-status ${status}`);
    const answer = Buffer.concat(chunks);
    if (
      answer.length < prefixBytes ||
      answer.readUInt32BE(1) !== answer.length - prefixBytes
    )
      throw new Error('the answer is not one message of gRPC');
    return answer.subarray(prefixBytes);
  }

  #session(port: number): ClientHttp2Session {
    const known = this.#sessions.get(port);
    if (known && !known.closed && !known.destroyed) return known;
    const session = connect(`http://127.0.0.1:${port}`);
    const forget = () => {
      if (this.#sessions.get(port) === session) this.#sessions.delete(port);
    };
    // Streams fail with it; the next call connects anew.
    session.on('error', forget);
    session.on('goaway', forget);
    session.on('close', forget);
    session.unref();
    this.#sessions.set(port, session);
    return session;
  }

  /** Ends all connections. */
  close(): void {
    for (const session of this.#sessions.values()) session.destroy();
    this.#sessions.clear();
  }
}
