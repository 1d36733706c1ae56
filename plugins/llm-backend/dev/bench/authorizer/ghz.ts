import { spawn } from 'node:child_process';
import { accessSync, constants, writeFileSync } from 'node:fs';
import path from 'node:path';
import { modelIdOf, secretOf } from './population';

/** What one run of load measured. */
export interface LoadResult {
  checks: number;
  checksPerS: number;
  p50Ms: number;
  p99Ms: number;
  /** Calls that were not answered with OK of gRPC. */
  failed: number;
}

/** Requests that are made beforehand, each with a key of its own; the load goes through them again and again. */
const REQUESTS = 20_000;

/** As much of Envoy's protocol as is asked with. */
const PROTO = `
syntax = "proto3";
package envoy.service.auth.v3;
message HttpRequest { string id = 1; string method = 2; map<string, string> headers = 3; string path = 4; string host = 5; string body = 11; }
message Request { HttpRequest http = 2; }
message AttributeContext { Request request = 4; }
message CheckRequest { AttributeContext attributes = 1; }
message Status { int32 code = 1; }
message CheckResponse { Status status = 1; }
service Authorization { rpc Check(CheckRequest) returns (CheckResponse); }
`;

/**
 * The load generator: `GHZ`, else `.slipway/bin/ghz`, else the one on the PATH.
 *
 * @throws Error that says how to get it
 */
export function findGhz(root: string): string {
  const found = [
    process.env.GHZ ?? '',
    path.join(root, '.slipway/bin/ghz'),
    ...(process.env.PATH ?? '')
      .split(path.delimiter)
      .map(folder => path.join(folder, 'ghz')),
  ].find(file => {
    try {
      accessSync(file, constants.X_OK);
      return file !== '';
    } catch {
      return false;
    }
  });
  if (!found) {
    throw new Error(
      'There is no ghz, which makes the load: go install github.com/bojand/ghz/cmd/ghz@latest, then name it in GHZ.',
    );
  }
  return found;
}

/** Writes what the load is made of, and returns the flags that name it. */
export function prepareLoad(folder: string, keys: number): string[] {
  const proto = path.join(folder, 'check.proto');
  writeFileSync(proto, PROTO);
  const requests = Array.from({ length: REQUESTS }, (_, n) => {
    const key = Math.floor((n * keys) / REQUESTS) % keys;
    return requestWith(key, n % 2);
  });
  const data = path.join(folder, 'requests.json');
  writeFileSync(data, JSON.stringify(requests));
  return ['--proto', proto, '--data-file', data];
}

function requestWith(key: number, other: number) {
  return {
    attributes: {
      request: {
        http: {
          id: String(key),
          method: 'POST',
          path: '/v1/chat/completions',
          host: 'llm.example.com',
          headers: {
            authorization: `Bearer ${secretOf(key)}`,
            'content-type': 'application/json',
            'x-request-id': `request-${key}`,
          },
          body: JSON.stringify({
            model: modelIdOf(key + other),
            messages: [{ role: 'user', content: 'x'.repeat(200) }],
          }),
        },
      },
    },
  };
}

/**
 * Asks for `seconds` at a rate that does not wait for answers (open loop).
 *
 * @throws Error when the load generator fails
 */
export async function runLoad(
  ghz: string,
  prepared: string[],
  options: { port: number; rps: number; seconds: number },
): Promise<LoadResult> {
  const args = [
    ...['--insecure', '--call', 'envoy.service.auth.v3.Authorization.Check'],
    ...prepared,
    ...['--async', '--rps', String(options.rps)],
    ...['--duration', `${options.seconds}s`, '--duration-stop', 'wait'],
    ...['--connections', '2', '--concurrency', '2'],
    ...['--format', 'json', `127.0.0.1:${options.port}`],
  ];
  const child = spawn(ghz, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', chunk => chunks.push(chunk));
  child.stderr.on('data', chunk => errors.push(chunk));
  const code = await new Promise(resolve => child.once('close', resolve));
  if (code !== 0) {
    throw new Error(`ghz failed: ${Buffer.concat(errors).toString()}`);
  }
  return readReport(JSON.parse(Buffer.concat(chunks).toString()));
}

function readReport(report: {
  count: number;
  rps: number;
  statusCodeDistribution: Record<string, number>;
  latencyDistribution: { percentage: number; latency: number }[];
}): LoadResult {
  const latencyMs = (percentage: number) =>
    (report.latencyDistribution.find(each => each.percentage === percentage)
      ?.latency ?? NaN) / 1e6;
  return {
    checks: report.count,
    checksPerS: report.rps,
    p50Ms: latencyMs(50),
    p99Ms: latencyMs(99),
    failed: report.count - (report.statusCodeDistribution.OK ?? 0),
  };
}
