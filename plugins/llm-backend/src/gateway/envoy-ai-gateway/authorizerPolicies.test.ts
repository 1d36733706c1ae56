import fs from 'node:fs';
import path from 'node:path';
import { createManifestValidator, upstreamCrds } from '@slipway/sandbox';
import * as fc from 'fast-check';
import { parseAllDocuments, stringify } from 'yaml';
import {
  exampleModel,
  examplePlatform,
} from '../../models/__testUtils__/examples';
import { parseModel } from '../../models/model';
import { ENDPOINTS } from '../flavour';
import { modelDigest } from '../modelDigest';
import { envoyAIGateway } from './index';

const GOLDEN = path.join(__dirname, 'testdata', 'authorizer.out.yaml');
const validate = createManifestValidator(upstreamCrds());
const authorizer = {
  namespace: 'slipway-system',
  name: 'slipway-authorizer',
  port: 9002,
};
const platform = examplePlatform({ authorizer });
const model = parseModel(exampleModel());

/** Everything that makes the gateway ask the authorizer, for one model. */
function rendered() {
  const grant = envoyAIGateway.renderAuthorizerGrant(platform);
  return [
    ...(grant ? [grant] : []),
    ...ENDPOINTS.flatMap(endpoint => [
      envoyAIGateway.renderHeaderStripping(platform, endpoint),
      envoyAIGateway.renderListenerPolicy(platform, endpoint),
      envoyAIGateway.renderJudgedPolicy(model, endpoint, model.modelId),
    ]),
  ];
}

describe('what makes the gateway ask the authorizer', () => {
  it('is as reviewed', () => {
    const text = rendered()
      .map(object =>
        stringify(object, { aliasDuplicateObjects: false, singleQuote: true }),
      )
      .join('---\n');
    if (process.env.UPDATE_GOLDEN === '1') {
      fs.mkdirSync(path.dirname(GOLDEN), { recursive: true });
      fs.writeFileSync(GOLDEN, text);
    }
    const documents = (yaml: string) =>
      parseAllDocuments(yaml).map(document => document.toJS());
    expect(documents(text)).toEqual(documents(fs.readFileSync(GOLDEN, 'utf8')));
  });

  it("validates against the gateway's own definitions", () => {
    for (const object of rendered()) {
      expect(validate({ ...object })).toEqual([]);
    }
  });

  it('names the judged model in characters that every header can hold, one digest for each id', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(modelDigest(one)).toMatch(/^[0-9a-f]{32}$/);
        expect(modelDigest(one) === modelDigest(other)).toBe(one === other);
      }),
    );
    // SHA-256 of "acme/m0", as recorded from Envoy Gateway in packages/envoy-proof.
    expect(modelDigest('acme/m0')).toBe('5423faeb8af218e9d5b39cddd4b3a108');
  });

  it('needs no leave where the authorizer lives beside the Gateway, and one for each namespace else', () => {
    const beside = { ...authorizer, namespace: platform.external.namespace };
    expect(
      envoyAIGateway.renderAuthorizerGrant({ ...platform, authorizer: beside }),
    ).toBeUndefined();
    const apart = {
      ...platform,
      internal: { ...platform.internal, namespace: 'inside' },
    };
    expect(envoyAIGateway.renderAuthorizerGrant(apart)?.spec).toMatchObject({
      from: [{ namespace: 'envoy-gateway-system' }, { namespace: 'inside' }],
    });
  });
});

describe('stripping headers', () => {
  it('says all that a policy for the whole Gateway says, whose place it takes on the listener', () => {
    const gatewayWide = {
      apiVersion: 'gateway.envoyproxy.io/v1alpha1',
      kind: 'ClientTrafficPolicy',
      metadata: { name: 'ai', namespace: 'envoy-gateway-system' },
      spec: {
        targetRefs: [
          { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'ai' },
        ],
        tls: { minVersion: '1.3' },
        connection: { bufferLimit: '50Mi' },
        headers: {
          enableEnvoyHeaders: true,
          earlyRequestHeaders: {
            remove: ['x-internal'],
            removeOnMatch: [{ type: 'Exact', value: 'x-debug' }],
          },
        },
      },
    };
    const { isGatewayWide, renderHeaderStripping } = envoyAIGateway;
    expect(isGatewayWide(gatewayWide, 'ai')).toBe(true);
    expect(isGatewayWide(gatewayWide, 'other')).toBe(false);
    const policy = renderHeaderStripping(platform, 'external', gatewayWide);
    expect(isGatewayWide(policy, 'ai')).toBe(false);
    expect(validate({ ...policy })).toEqual([]);
    expect(policy.spec).toEqual({
      targetRefs: [
        {
          group: 'gateway.networking.k8s.io',
          kind: 'Gateway',
          name: 'ai',
          sectionName: 'llm-https',
        },
      ],
      tls: { minVersion: '1.3' },
      connection: { bufferLimit: '50Mi' },
      headers: {
        enableEnvoyHeaders: true,
        earlyRequestHeaders: {
          remove: ['x-internal'],
          removeOnMatch: [
            { type: 'Prefix', value: 'x-slipway-' },
            { type: 'Prefix', value: 'x-ai-eg-' },
            { type: 'Exact', value: 'x-debug' },
          ],
        },
      },
    });
  });
});

describe('a judged policy', () => {
  const policy = envoyAIGateway.renderJudgedPolicy(model, 'external', 'a/b');
  const status = (conditions: unknown[], generation = 1) => ({
    ...policy,
    metadata: { ...policy.metadata, generation },
    status: { ancestors: [{ conditions }] },
  });
  const merged = (parent: string, observedGeneration = 1) => ({
    type: 'Merged',
    status: 'True',
    message: `Merged with policy ${parent}`,
    observedGeneration,
  });

  it('says what it was merged into only for its present generation, and only when all Gateways agree', () => {
    const { mergedInto } = envoyAIGateway;
    expect(mergedInto(policy)).toBeUndefined();
    expect(mergedInto(status([]))).toBeUndefined();
    expect(mergedInto(status([merged('ns/ours')]))).toBe('ns/ours');
    expect(mergedInto(status([merged('ns/ours', 1)], 2))).toBeUndefined();
    const two = {
      ...policy,
      status: {
        ancestors: [
          { conditions: [merged('ns/ours')] },
          { conditions: [merged('ns/theirs')] },
        ],
      },
    };
    expect(mergedInto(two)).toBeUndefined();
  });
});
