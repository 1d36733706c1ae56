import { ModelDetail } from '@slipway/plugin-llm-common';

/** The languages that a call is shown in, and how to get the credential. */
export type SnippetName = 'credential' | 'curl' | 'python' | 'typescript';

/** What a call is made with, by the variable of the environment that holds it. */
export type CredentialVariable = 'SLIPWAY_TOKEN' | 'SLIPWAY_KEY';

/** How to get a key into `SLIPWAY_KEY` without leaving it in the shell's history. For bash and zsh. */
export const keySnippet = `# Paste the key, press Enter; it is not shown
read -rs SLIPWAY_KEY && export SLIPWAY_KEY`;

/**
 * Calls to paste into a shell or a file. They hold the real address and model id, and read the credential from the
 * environment: it is never part of the page.
 */
export function callSnippets(call: {
  /** Ends in `/v1`. */
  baseUrl: string;
  modelId: string;
  /** CA certificate of the gateway, where it is not one that the system trusts. */
  caFile?: string;
  variable: CredentialVariable;
}): Record<Exclude<SnippetName, 'credential'>, string> {
  const { baseUrl, modelId, caFile, variable } = call;
  const url = JSON.stringify(baseUrl);
  const id = JSON.stringify(modelId);
  return {
    curl: `curl ${shellQuote(`${baseUrl}/chat/completions`)} \\
${
  caFile ? `  --cacert ${shellQuote(caFile)} \\\n` : ''
}  -H "Authorization: Bearer $${variable}" \\
  -H "Content-Type: application/json" \\
  -d ${shellQuote(
    `{
    "model": ${id},
    "messages": [
      {"role": "user", "content": "Hello"}
    ]
  }`,
  )}`,
    python: `# pip install openai
import os
${
  caFile
    ? 'import ssl\nfrom openai import DefaultHttpxClient, OpenAI'
    : 'from openai import OpenAI'
}

client = OpenAI(
    base_url=${url},
    api_key=os.environ["${variable}"],
${
  caFile
    ? `    http_client=DefaultHttpxClient(
        verify=ssl.create_default_context(cafile=${JSON.stringify(caFile)}),
    ),\n`
    : ''
})
answer = client.chat.completions.create(
    model=${id},
    messages=[{"role": "user", "content": "Hello"}],
)
print(answer.choices[0].message.content)`,
    typescript: `// npm install openai${
      caFile ? `; run it with NODE_EXTRA_CA_CERTS=${shellQuote(caFile)}` : ''
    }
import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: ${url},
  apiKey: process.env.${variable},
});
const answer = await client.chat.completions.create({
  model: ${id},
  messages: [{ role: 'user', content: 'Hello' }],
});
console.log(answer.choices[0].message.content);`,
  };
}

/**
 * How to get a token into `SLIPWAY_TOKEN`: the device authorization grant (RFC 8628) where the platform has a public
 * client for it, else what the token must be.
 */
export function tokenSnippet(token: NonNullable<ModelDetail['token']>): string {
  const { issuer, audience, clientId, deviceEndpoint, tokenEndpoint } = token;
  if (!clientId || !deviceEndpoint || !tokenEndpoint) {
    return [
      '# An access token (JWT) of your identity provider',
      `# issuer:   ${issuer}`,
      ...(audience ? [`# audience: ${audience}`] : []),
      ...(tokenEndpoint ? [`# from:     ${tokenEndpoint}`] : []),
      'export SLIPWAY_TOKEN=…',
    ].join('\n');
  }
  const client = `-d ${shellQuote(`client_id=${clientId}`)}`;
  const scope = `-d ${shellQuote('scope=openid profile')}`;
  const resource = audience ? ` -d ${shellQuote(`audience=${audience}`)}` : '';
  return `# 1. Ask for a code, open the address that is printed, sign in there
DEVICE=$(curl -s ${shellQuote(deviceEndpoint)} \\
  ${client} ${scope}${resource})
echo "$DEVICE"

# 2. Then fetch the token
export SLIPWAY_TOKEN=$(curl -s ${shellQuote(tokenEndpoint)} \\
  ${client} \\
  -d grant_type=urn:ietf:params:oauth:grant-type:device_code \\
  -d device_code="$(echo "$DEVICE" | ${pick('device_code')})" \\
  | ${pick('access_token')})`;
}

/** Takes one string out of a line of JSON, with what every system has. */
function pick(field: string): string {
  return `sed -E 's/.*"${field}" *: *"([^"]+)".*/\\1/'`;
}

/** Quotes a text for a POSIX shell. */
function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text)
    ? text
    : `'${text.replace(/'/g, `'\\''`)}'`;
}
