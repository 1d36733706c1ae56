import { execFileSync } from 'node:child_process';
import { callSnippets, tokenSnippet } from './snippets';

describe('snippets', () => {
  const nasty = `it's "$(rm -rf /)" \`x\` \\`;

  it('hand the model id to curl as it is, whatever is in it', () => {
    const { curl } = callSnippets({
      baseUrl: 'https://llm.example.com/v1',
      modelId: nasty,
      variable: 'SLIPWAY_TOKEN',
    });
    const printed = execFileSync('sh', [
      '-c',
      `curl() { for last; do :; done; printf %s "$last"; }; SLIPWAY_TOKEN=t; ${curl}`,
    ]).toString();
    expect(JSON.parse(printed)).toEqual({
      model: nasty,
      messages: [{ role: 'user', content: 'Hello' }],
    });
  });

  it('quote it in Python and TypeScript', () => {
    const { python, typescript } = callSnippets({
      baseUrl: 'https://x/v1',
      modelId: 'a"b',
      variable: 'SLIPWAY_KEY',
    });
    expect(python).toContain('model="a\\"b"');
    expect(typescript).toContain('model: "a\\"b"');
    expect(python).toContain('os.environ["SLIPWAY_KEY"]');
    expect(typescript).toContain('process.env.SLIPWAY_KEY');
  });

  it('fetch a token with nothing but a shell and curl', () => {
    const snippet = tokenSnippet({
      issuer: 'https://id.example.com',
      tokenEndpoint: 'https://id.example.com/token',
      deviceEndpoint: 'https://id.example.com/device?a=b&c=d',
      clientId: 'cli',
      audience: 'llm',
    });
    const printed = execFileSync('sh', [
      '-c',
      `curl() {
        case "$*" in
          *'/device?a=b&c=d'*) echo '{"device_code": "d-1","user_code":"U-1"}' ;;
          *device_code=d-1*client_id*|*client_id=cli*device_code=d-1*) echo '{"access_token":"t-1","token_type":"Bearer"}' ;;
          *) echo "unexpected: $*" ;;
        esac
      }
      ${snippet}
      echo "token $SLIPWAY_TOKEN"`,
    ]).toString();
    expect(printed.trim().split('\n')).toEqual([
      '{"device_code": "d-1","user_code":"U-1"}',
      'token t-1',
    ]);
  });

  it('say what the token must be where there is no client for command lines', () => {
    expect(
      tokenSnippet({ issuer: 'https://id.example.com', audience: 'llm' }),
    ).toBe(
      [
        '# An access token (JWT) of your identity provider',
        '# issuer:   https://id.example.com',
        '# audience: llm',
        'export SLIPWAY_TOKEN=…',
      ].join('\n'),
    );
  });

  it('names the CA certificate where the system does not trust it', () => {
    const call = {
      baseUrl: 'https://x/v1',
      modelId: 'm',
      variable: 'SLIPWAY_TOKEN',
    } as const;
    const { curl, python, typescript } = callSnippets({
      ...call,
      caFile: '/ca dir/ca.crt',
    });
    expect(curl).toContain("--cacert '/ca dir/ca.crt' \\\n");
    expect(python).toContain('cafile="/ca dir/ca.crt"');
    expect(typescript).toContain("NODE_EXTRA_CA_CERTS='/ca dir/ca.crt'");
    expect(callSnippets(call).curl).not.toContain('cacert');
  });
});
