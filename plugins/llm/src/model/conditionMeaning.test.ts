import { ModelCondition } from '@slipway/plugin-llm-common';
import { brokenFirst, meaningOf } from './conditionMeaning';

const condition = (
  type: string,
  status: ModelCondition['status'],
  reason: string,
  meaning?: ModelCondition['meaning'],
): ModelCondition => ({
  type,
  status,
  reason,
  message: '',
  lastTransitionTime: '2026-11-20T10:00:00Z',
  meaning,
});

describe('conditions', () => {
  it('False on its way is not broken', () => {
    expect(meaningOf(condition('WeightsReady', 'False', 'Downloading'))).toBe(
      'waiting',
    );
    expect(
      meaningOf(condition('WorkloadReady', 'False', 'WaitingForWeights')),
    ).toBe('waiting');
    expect(
      meaningOf(condition('WeightsReady', 'False', 'SourceForbidden')),
    ).toBe('broken');
    expect(meaningOf(condition('Ready', 'Unknown', ''))).toBe('unknown');
  });

  it('the backend knows better', () => {
    expect(
      meaningOf(condition('X', 'False', 'SourceForbidden', 'waiting')),
    ).toBe('waiting');
  });

  it('the broken ones come first, the rest keeps its order', () => {
    const sorted = brokenFirst([
      condition('Accepted', 'True', 'SpecValid'),
      condition('WeightsReady', 'False', 'DiskFull'),
      condition('WorkloadReady', 'False', 'WaitingForWeights'),
      condition('Ready', 'False', 'DiskFull'),
    ]);
    expect(sorted.map(({ type }) => type)).toEqual([
      'WeightsReady',
      'Ready',
      'Accepted',
      'WorkloadReady',
    ]);
  });
});
