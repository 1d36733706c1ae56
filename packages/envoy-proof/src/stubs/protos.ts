import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadSync } from '@grpc/proto-loader';

/**
 * What is used here of Envoy's `ext_proc` protocol: messages and field numbers of
 * envoy/service/ext_proc/v3/external_processor.proto and what it imports.
 */
const processing = `
syntax = "proto3";
package envoy.service.ext_proc.v3;
message HeaderValue { string key = 1; string value = 2; bytes raw_value = 3; }
message HeaderValueOption { HeaderValue header = 1; int32 append_action = 3; }
message HeaderMap { repeated HeaderValue headers = 1; }
message HttpHeaders { HeaderMap headers = 1; bool end_of_stream = 3; }
message HttpBody { bytes body = 1; bool end_of_stream = 2; }
message ProcessingRequest { oneof request { HttpHeaders request_headers = 2; HttpBody request_body = 4; } }
message HeaderMutation { repeated HeaderValueOption set_headers = 1; }
message CommonResponse { int32 status = 1; HeaderMutation header_mutation = 2; bool clear_route_cache = 5; }
message HeadersResponse { CommonResponse response = 1; }
message BodyResponse { CommonResponse response = 1; }
message HttpStatus { int32 code = 1; }
message ImmediateResponse { HttpStatus status = 1; bytes body = 3; }
message ProcessingResponse {
  oneof response {
    HeadersResponse request_headers = 1; BodyResponse request_body = 3; ImmediateResponse immediate_response = 7;
  }
}
service ExternalProcessor { rpc Process(stream ProcessingRequest) returns (stream ProcessingResponse); }
`;

function load(proto: string, service: string) {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-proto-'));
  try {
    const file = path.join(folder, 'service.proto');
    writeFileSync(file, proto);
    const found = loadSync(file, { longs: Number, oneofs: true })[service];
    if ('format' in found) {
      throw new Error(`${service} is not a service.`);
    }
    return found;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The service that Envoy's `ext_proc` filter calls. */
export const externalProcessorService = load(
  processing,
  'envoy.service.ext_proc.v3.ExternalProcessor',
);
