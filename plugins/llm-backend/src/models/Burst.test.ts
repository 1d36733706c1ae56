import { KubeObject } from '@slipway/controller';
import { Burst } from './Burst';
import { exampleModel } from './__testUtils__/examples';

const MANY = 65;
const FEW = 64;

function setUp() {
  let nowMs = 0;
  const burst = new Burst({ monotonicMs: () => nowMs });
  const later = (ms: number) => {
    nowMs += ms;
  };
  let finish = () => {};
  const ended = burst.make(
    () =>
      new Promise<void>(resolve => {
        finish = resolve;
      }),
  );
  const endMaking = async () => {
    finish();
    await ended;
  };
  return { burst, later, endMaking };
}

const changed = (object: KubeObject, metadata: object): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, ...metadata },
});

describe('whose turn it is when many models come at once', () => {
  const model = exampleModel();

  it('is that of the objects of new ones, and of everything else when few wait', () => {
    const { burst } = setUp();
    expect(burst.turnOf(model, true, MANY)).toBe('objects');
    expect(burst.turnOf(model, true, FEW)).toBe('all');
    expect(burst.turnOf(model, false, MANY)).toBe('all');
  });

  it('is nothing for a model whose objects are made, as long as those of others are being made', async () => {
    const { burst, endMaking } = setUp();
    burst.letRest(model);
    expect(burst.turnOf(model, true, MANY)).toBe('none');
    expect(burst.turnOf(model, true, 0)).toBe('none');
    await endMaking();
    expect(burst.turnOf(model, true, MANY)).toBe('all');
  });

  it('is everything after ten seconds, though others are still being made', () => {
    const { burst, later } = setUp();
    burst.letRest(model);
    later(9_999);
    expect(burst.turnOf(model, true, MANY)).toBe('none');
    later(1);
    expect(burst.turnOf(model, true, MANY)).toBe('all');
  });

  it.each([
    ['changed', { generation: 2 }],
    ['made anew', { uid: 'another' }],
  ])('is everything at once for one that was %s meanwhile', (_, metadata) => {
    const { burst } = setUp();
    burst.letRest(model);
    expect(burst.turnOf(changed(model, metadata), true, MANY)).toBe('all');
  });

  it('does not remember models that are gone, nor work that failed', async () => {
    const { burst, endMaking } = setUp();
    burst.letRest(model);
    burst.forget(model.metadata);
    expect(burst.turnOf(model, true, MANY)).toBe('objects');
    await endMaking();
    await expect(
      burst.make(async () => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    burst.letRest(model);
    expect(burst.turnOf(model, true, MANY)).toBe('all');
  });
});
