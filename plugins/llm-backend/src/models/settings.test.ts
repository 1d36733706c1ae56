import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { at } from './json';
import { MissingSettingsError, readSettings, SETTINGS } from './settings';

const complete: Record<string, string> = {
  baseDomain: 'example.com',
  externalGatewayName: 'ai',
  internalGatewayName: 'ai-internal',
  oidcIssuerUrl: 'https://id.example.com',
};

describe('settings of the operator', () => {
  it('all that are missing are named in one error, with what they are for', () => {
    const read = () => readSettings(() => undefined);
    expect(read).toThrow(MissingSettingsError);
    expect(read).toThrow(
      [
        'The operator can not start, settings are missing:',
        '  LLM_BASE_DOMAIN (--base-domain): models answer at llm.<base> and llm-internal.<base>',
        '  LLM_EXTERNAL_GATEWAY_NAME (--external-gateway-name): Gateway of the external endpoint',
        '  LLM_INTERNAL_GATEWAY_NAME (--internal-gateway-name): Gateway of the internal endpoint',
        '  LLM_OIDC_ISSUER_URL (--oidc-issuer-url): issuer of the tokens for the internal endpoint',
      ].join('\n'),
    );
  });

  it('hosts and URLs follow from the base domain unless they are given', () => {
    const values: Record<string, string> = {
      ...complete,
      internalUrl: 'https://localhost:18443',
    };
    const { platform } = readSettings(name => values[name]);
    expect(platform.external).toEqual({
      name: 'ai',
      namespace: 'envoy-gateway-system',
      listener: 'llm-https',
      hostname: 'llm.example.com',
    });
    expect(platform.urls).toEqual({
      external: 'https://llm.example.com',
      internal: 'https://localhost:18443',
    });
    expect(platform.oidc.audience).toBeUndefined();
  });

  it('the authorizer is a Service with its port, and needs the policy on the listeners', () => {
    const read = (more: Record<string, string>) => {
      const values: Record<string, string> = { ...complete, ...more };
      return readSettings(name => values[name]).platform.authorizer;
    };
    expect(read({})).toBeUndefined();
    expect(read({ authorizer: 'slipway/slipway-authorizer:9002' })).toEqual({
      namespace: 'slipway',
      name: 'slipway-authorizer',
      port: 9002,
    });
    for (const authorizer of ['a:1', 'a/b', 'a/b:0', 'a/b:70000', 'A/b:1']) {
      expect(() => read({ authorizer })).toThrow(
        /LLM_AUTHORIZER \(--authorizer\) is .*<namespace>\/<name of the Service>:<port>/,
      );
    }
    expect(() => read({ authorizer: 'a/b:1', defaultDeny: 'false' })).toThrow(
      /LLM_DEFAULT_DENY .* must not be false when LLM_AUTHORIZER is set/,
    );
  });

  it('the chart pins the images that the operator would take by itself', () => {
    const file = path.resolve(
      __dirname,
      '../../../../charts/slipway/values.yaml',
    );
    const chart: unknown = parse(fs.readFileSync(file, 'utf8'));
    const { images } = readSettings(name => complete[name]).platform;
    expect(at(chart, 'operator', 'images')).toEqual({
      ...images,
      downloader: '',
    });
  });

  it('keep the names of the reference operator', () => {
    const names = Object.values(SETTINGS).map(setting => setting.env);
    for (const name of [
      'LLM_BASE_DOMAIN',
      'LLM_EXTERNAL_GATEWAY_NAMESPACE',
      'LLM_INTERNAL_GATEWAY_NAMESPACE',
      'LLM_OIDC_GROUPS_CLAIM',
      'LLM_OIDC_AUDIENCE',
      'LLM_DEFAULT_SERVING_IMAGE',
      'LLM_DEFAULT_EPP_IMAGE',
      'LLM_DEFAULT_STORAGE_CLASS_NAME',
      'LLM_MODEL_DOWNLOADER_IMAGE',
      'POD_NAMESPACE',
    ]) {
      expect(names).toContain(name);
    }
  });
});
