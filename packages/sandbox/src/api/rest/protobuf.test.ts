import { readProtobuf } from './protobuf';

/** A length-delimited field. */
const field = (number: number, value: Buffer | string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
};
const envelope = (kind: string, raw: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from('k8s\0'),
    field(1, Buffer.concat([field(1, 'v1'), field(2, kind)])),
    field(2, raw),
  ]);

describe('protobuf bodies', () => {
  it('reads a Secret as kubectl sends it', () => {
    const metadata = Buffer.concat([
      field(1, 'hf-token'),
      field(8, ''),
      field(11, Buffer.concat([field(1, 'app'), field(2, 'x')])),
    ]);
    const entry = Buffer.concat([field(1, 'token'), field(2, 'abc')]);
    const immutable = Buffer.from([5 * 8, 1]);
    const raw = Buffer.concat([
      field(1, metadata),
      field(2, entry),
      field(3, 'Opaque'),
      immutable,
    ]);
    expect(readProtobuf(envelope('Secret', raw))).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'hf-token', labels: { app: 'x' } },
      data: { token: 'YWJj' },
      type: 'Opaque',
      immutable: true,
    });
  });

  it('refuses what it cannot read, and says what to do', () => {
    expect(() => readProtobuf(envelope('Pod', Buffer.alloc(0)))).toThrow(
      /protobuf bodies of kind Pod; send JSON/,
    );
    expect(() => readProtobuf(Buffer.from('{}'))).toThrow(
      /not of a Kubernetes protobuf object/,
    );
    const cut = envelope('Secret', Buffer.from([0x80]));
    expect(() => readProtobuf(cut)).toThrow(/ends in the middle of a field/);
  });
});
