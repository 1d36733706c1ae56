import { readFileSync } from 'node:fs';
import https from 'node:https';

/** What `npm start` prints when it is up. */
export interface Portal {
  portalUrl: string;
  apiUrl: string;
  adminUrl: string;
  oidcIssuer: string;
  internalGatewayUrl: string;
  caFile: string;
  /** The people of the catalog: whoever is taken out of this file has left. */
  peopleFile: string;
  /** A token of the Kubernetes API that may do everything. */
  adminToken: string;
}

/** The portal that the tests run against. */
export function portal(): Portal {
  const text = process.env.SLIPWAY_E2E;
  if (!text) {
    throw new Error(
      'SLIPWAY_E2E is not set: run the tests with `npm test -- browser`',
    );
  }
  return JSON.parse(text);
}

interface Answer {
  status: number;
  body: string;
}

/** An HTTPS request that trusts the sandbox's CA. */
export function request(
  url: string,
  options: {
    method?: string;
    headers?: Record<string, string>;
    body?: unknown;
  } = {},
): Promise<Answer> {
  const { method = 'GET', headers, body } = options;
  return new Promise((resolve, reject) => {
    const outgoing = https.request(
      url,
      {
        method,
        ca: readFileSync(portal().caFile),
        headers: { 'content-type': 'application/json', ...headers },
        // `*.localhost` is this machine, also where the system's resolver does not know it.
        lookup: (_host, lookupOptions, callback) =>
          lookupOptions.all
            ? callback(null, [{ address: '127.0.0.1', family: 4 }])
            : callback(null, '127.0.0.1', 4),
      },
      response => {
        const chunks: Buffer[] = [];
        response.on('data', chunk => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
