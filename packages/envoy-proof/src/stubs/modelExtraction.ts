import * as grpc from '@grpc/grpc-js';
import type { Closable } from './closable';
import { externalProcessorService } from './protos';

/** Which model a body names, or undefined when it can't be read. */
export type ReadModel = (
  body: Buffer,
  contentType: string,
) => string | undefined;

interface ProcessingRequest {
  requestHeaders?: {
    headers?: {
      headers?: { key: string; value?: string; rawValue?: Buffer }[];
    };
  };
  requestBody?: { body?: Buffer };
}

/**
 * Stands in for the AI gateway's `ext_proc`: waits for the body, puts the model that it reads there into
 * `x-ai-eg-model` and lets Envoy choose the route again. A body that it can't read is answered 400, as there (source:
 * `ProcessRequestBody` of its `internal/extproc/processor_impl.go`, v1.0.0). It translates nothing and counts nothing.
 */
export async function startModelExtraction(
  read: ReadModel,
): Promise<Closable & { port: number }> {
  const server = new grpc.Server({
    'grpc.max_receive_message_length': 64 * 2 ** 20,
  });
  server.addService(externalProcessorService, {
    process(call: grpc.ServerDuplexStream<ProcessingRequest, object>) {
      let contentType = '';
      call.on('data', (request: ProcessingRequest) => {
        if (request.requestHeaders) {
          contentType = headerOf(request, 'content-type');
          call.write({ requestHeaders: {} });
        } else if (request.requestBody) {
          call.write(
            answer(
              read(request.requestBody.body ?? Buffer.alloc(0), contentType),
            ),
          );
        }
      });
      call.on('end', () => call.end());
      call.on('error', () => {});
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(
      '127.0.0.1:0',
      grpc.ServerCredentials.createInsecure(),
      (error, bound) => (error ? reject(error) : resolve(bound)),
    ),
  );
  return { port, close: async () => server.forceShutdown() };
}

function headerOf({ requestHeaders }: ProcessingRequest, name: string): string {
  const found = requestHeaders?.headers?.headers?.find(
    ({ key }) => key === name,
  );
  return found?.rawValue?.toString() || found?.value || '';
}

function answer(model: string | undefined): object {
  if (model === undefined) {
    return {
      immediateResponse: {
        status: { code: 400 },
        body: Buffer.from('malformed request'),
      },
    };
  }
  return {
    requestBody: {
      response: {
        headerMutation: {
          setHeaders: [
            {
              header: { key: 'x-ai-eg-model', rawValue: Buffer.from(model) },
              // OVERWRITE_IF_EXISTS_OR_ADD
              appendAction: 2,
            },
          ],
        },
        clearRouteCache: true,
      },
    },
  };
}
