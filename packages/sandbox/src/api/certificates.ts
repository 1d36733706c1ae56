import { generate } from 'selfsigned';

/** PEM texts of a certificate and its key. */
export interface KeyPair {
  cert: string;
  key: string;
}

const YEAR_MS = 365 * 24 * 3600 * 1000;

/** Makes a certificate authority for one sandbox. */
export async function createAuthority(
  commonName = 'slipway-sandbox',
): Promise<KeyPair> {
  const made = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + YEAR_MS),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { cert: made.cert, key: made.private };
}

/** Signs a server certificate for host names (wildcards too) and IP addresses. */
export async function issueCertificate(
  authority: KeyPair,
  hosts: readonly string[],
  addresses: readonly string[] = [],
): Promise<KeyPair> {
  const made = await generate([{ name: 'commonName', value: hosts[0] }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + YEAR_MS),
    ca: authority,
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...hosts.map(value => ({ type: 2 as const, value })),
          ...addresses.map(ip => ({ type: 7 as const, ip })),
        ],
      },
    ],
  });
  return { cert: made.cert, key: made.private };
}
