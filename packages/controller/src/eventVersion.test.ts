import fc from 'fast-check';
import { eventVersion } from './eventVersion';

const line = (type: string, object: unknown) =>
  Buffer.from(JSON.stringify({ type, object }));

describe('the version of a watch event without parsing it', () => {
  it('is what parsing finds, whatever else the object holds', () => {
    const object = fc.record(
      {
        apiVersion: fc.constant('v1'),
        kind: fc.string(),
        before: fc.jsonValue(),
        metadata: fc.record(
          {
            annotations: fc.dictionary(
              fc.oneof(fc.string(), fc.constant('resourceVersion')),
              fc.string({ unit: 'binary' }),
            ),
            managedFields: fc.jsonValue(),
            name: fc.string(),
            resourceVersion: fc.nat().map(String),
            uid: fc.uuid(),
          },
          { requiredKeys: [] },
        ),
        spec: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.constantFrom('ADDED', 'MODIFIED'), object, (type, made) =>
        expect(eventVersion(line(type, made))).toBe(
          made.metadata?.resourceVersion,
        ),
      ),
    );
  });

  it('is not looked for in what is not an object that is there', () => {
    const object = { metadata: { resourceVersion: '7' } };
    for (const type of ['DELETED', 'BOOKMARK', 'ERROR']) {
      expect(eventVersion(line(type, object))).toBeUndefined();
    }
    const spaced = `{"type": "ADDED", "object": ${JSON.stringify(object)}}`;
    expect(eventVersion(Buffer.from(spaced))).toBeUndefined();
  });

  it.each([
    '',
    '{"type":"ADDED","object":{',
    '{"type":"ADDED","object":{"metadata":{"resourceVersion":5}}}',
    '{"type":"ADDED","object":{"metadata":[],"spec":{}}}',
    '{"type":"ADDED","object":{"kind":"a\\',
    '{"type":"ADDED","object":{"metadata" :{}}}',
  ])('is not guessed from %s', text => {
    expect(eventVersion(Buffer.from(text))).toBeUndefined();
  });
});
