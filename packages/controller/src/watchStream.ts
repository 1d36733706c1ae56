import http from 'node:http';

const NEWLINE = 0x0a;

/**
 * Calls `onLine` for each complete line of a stream. Resolves when the stream ends in good order, rejects when it breaks;
 * a last line without its newline is dropped, because half an event is no event.
 */
export function readLines(
  stream: http.IncomingMessage,
  onLine: (line: Buffer) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let pending: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => {
      try {
        let start = 0;
        for (
          let end = chunk.indexOf(NEWLINE);
          end >= 0;
          end = chunk.indexOf(NEWLINE, start)
        ) {
          const rest = chunk.subarray(start, end);
          const line =
            pending.length > 0 ? Buffer.concat([...pending, rest]) : rest;
          pending = [];
          start = end + 1;
          if (line.length > 0) {
            onLine(line);
          }
        }
        if (start < chunk.length) {
          pending.push(chunk.subarray(start));
        }
      } catch (error) {
        stream.destroy(
          error instanceof Error ? error : new Error(String(error)),
        );
      }
    });
    stream.on('end', resolve);
    stream.on('error', reject);
    stream.on('close', () =>
      reject(new Error('the connection closed in the middle of the stream')),
    );
  });
}
