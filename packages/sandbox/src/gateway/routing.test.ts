import {
  eventually,
  externalHost,
  summary,
  TestGateway,
} from './testing/testGateway';

describe('rules take the requests that are theirs', () => {
  let gateway: TestGateway;

  beforeEach(async () => {
    gateway = await new TestGateway().start();
    gateway.pool({ name: 'm' });
  });
  afterEach(async () => {
    await gateway.stop();
    for (const error of gateway.errors) throw error;
  });

  const backendRefs = [
    { group: 'inference.networking.k8s.io', kind: 'InferencePool', name: 'm' },
  ];
  /** An HTTPRoute on the external listener; answers its conditions. */
  const httpRoute = async (name: string, ...rules: object[]) => {
    gateway.create('httpRoutes', {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name, namespace: 'models' },
      spec: {
        parentRefs: [
          {
            name: 'ai',
            namespace: 'envoy-gateway-system',
            sectionName: 'llm-https',
          },
        ],
        rules: rules.map(rule => ({ backendRefs, ...rule })),
      },
    });
    const { conditions } = await eventually(
      () => gateway.get('httpRoutes', name)?.status?.parents?.[0],
    );
    return conditions;
  };
  const path = (value: string, type = 'PathPrefix') => ({
    path: { type, value },
  });
  const call = (method = 'GET', headers: Record<string, string> = {}) =>
    gateway.call('/v1/models', { host: externalHost, method, headers });
  const denied = (name: string) =>
    gateway.policy(name, { authorization: { defaultAction: 'Deny' } });

  it.each([
    ['(', 'regex "(" is invalid: error parsing regexp: missing closing ): `(`'],
    [
      '^(?!/admin).*',
      'regex "^(?!/admin).*" is invalid: error parsing regexp: invalid or unsupported Perl syntax: `(?!`',
    ],
  ])(
    'a rule with the pattern %s, which Go does not know, is refused, and what is beside it is served',
    async (pattern, why) => {
      const conditions = await httpRoute(
        'mixed',
        { matches: [path(pattern, 'RegularExpression')] },
        { matches: [path('/v1')] },
      );
      expect(summary(conditions)).toEqual([
        'Accepted=True/Accepted',
        'PartiallyInvalid=True/UnsupportedValue',
        'ResolvedRefs=True/ResolvedRefs',
      ]);
      expect(conditions[1].message).toBe(
        `Dropped Rule(s) [0]: Failed to process route rule 0: ${why}.`,
      );
      expect((await call()).status).toBe(200);
      const alone = await httpRoute('alone', {
        matches: [
          {
            headers: [{ type: 'RegularExpression', name: 'x', value: pattern }],
          },
        ],
      });
      expect(summary(alone)).toContain('Accepted=False/UnsupportedValue');
      expect((await call('GET', { x: pattern })).status).toBe(200);
    },
  );

  it('patterns are Go’s, and take time in proportion to what they are held against', async () => {
    await httpRoute('case', {
      matches: [path('(?i)/V1/.*', 'RegularExpression')],
    });
    denied('case');
    expect((await call()).status).toBe(403);
    gateway.delete('httpRoutes', 'case');
    await httpRoute('header', {
      matches: [
        {
          headers: [{ type: 'RegularExpression', name: 'x-a', value: '(a+)+' }],
        },
      ],
    });
    expect((await call('GET', { 'x-a': 'aaa' })).status).toBe(200);
    // With JavaScript's own expressions the next one would never be answered, nor anything after it.
    expect(
      (await call('GET', { 'x-a': `${'a'.repeat(50_000)}!` })).status,
    ).toBe(404);
  });

  it('a method makes a rule more specific than the same one without', async () => {
    await httpRoute('a-older', { matches: [path('/')] });
    await httpRoute('b-newer', { matches: [{ ...path('/'), method: 'POST' }] });
    denied('b-newer');
    expect((await call()).status).toBe(200);
    expect((await call('POST')).status).toBe(403);
  });

  it.each<[string, object]>([
    [
      'matches[].queryParams',
      {
        matches: [
          { ...path('/v1'), queryParams: [{ name: 'debug', value: '1' }] },
        ],
      },
    ],
    [
      'backendRefs[].filters',
      {
        backendRefs: [
          { ...backendRefs[0], filters: [{ type: 'RequestHeaderModifier' }] },
        ],
      },
    ],
    ['retry', { retry: { attempts: 2 } }],
    [
      'filters of type RequestRedirect',
      { filters: [{ type: 'RequestRedirect', requestRedirect: {} }] },
    ],
  ])('a rule with %s is not taken for one without', async (field, rule) => {
    await httpRoute('plain', { matches: [path('/')] });
    expect(
      summary(await httpRoute('more', { matches: [path('/v1')], ...rule })),
    ).toContain('Accepted=False/UnsupportedValue');
    expect(await call()).toMatchObject({
      status: 501,
      body: expect.stringContaining(field),
    });
  });

  it.each<[string, object]>([
    ['matches', { matches: [{ cookies: [{ name: 'a', value: 'b' }] }] }],
    [
      'urlRewrite.path',
      { urlRewrite: { path: { type: 'ReplaceRegexMatch' } } },
    ],
    ['credentialInjection', { credentialInjection: { credential: {} } }],
    [
      'directResponse.body.valueRef',
      {
        directResponse: {
          body: {
            type: 'ValueRef',
            valueRef: { kind: 'ConfigMap', name: 'x' },
          },
        },
      },
    ],
    ['directResponse.header', { directResponse: { header: {} } }],
  ])('an HTTPRouteFilter with %s is not passed over', async (field, spec) => {
    gateway.create('httpRouteFilters', {
      apiVersion: 'gateway.envoyproxy.io/v1alpha1',
      kind: 'HTTPRouteFilter',
      metadata: { name: 'more', namespace: 'models' },
      spec,
    });
    const conditions = await httpRoute('filtered', {
      filters: [
        {
          type: 'ExtensionRef',
          extensionRef: {
            group: 'gateway.envoyproxy.io',
            kind: 'HTTPRouteFilter',
            name: 'more',
          },
        },
      ],
    });
    expect(summary(conditions)).toContain('Accepted=False/UnsupportedValue');
    expect(await call()).toMatchObject({
      status: 501,
      body: expect.stringContaining(`${field} of an HTTPRouteFilter`),
    });
  });
});
