import { standingChip } from './standingChip';

const NOW = Date.parse('2026-11-20T10:42:00Z');
const at = (days: number) => new Date(NOW + days * 86_400_000).toISOString();

describe('the chip of a grant or a key', () => {
  it('warns two weeks before the end, and says in hours on the last day', () => {
    const valid = { state: 'valid' } as const;
    expect(standingChip({ standing: valid, expiresAt: at(15) }, NOW)).toEqual({
      tone: 'positive',
      icon: 'check',
      label: 'active',
    });
    expect(
      standingChip({ standing: valid, expiresAt: at(14) }, NOW),
    ).toMatchObject({ tone: 'warning', label: 'endsIn', left: '14 d' });
    expect(
      standingChip({ standing: valid, expiresAt: at(0.5) }, NOW),
    ).toMatchObject({ label: 'endsIn', left: '12 h' });
  });

  it('says why something sleeps or has ended, however long its time still is', () => {
    expect(
      standingChip(
        {
          standing: { state: 'dormant', because: 'tenant-suspended' },
          expiresAt: at(1),
        },
        NOW,
      ),
    ).toMatchObject({ label: 'dormant', reason: 'tenant-suspended' });
    expect(
      standingChip(
        { standing: { state: 'ended', because: 'leaked' }, expiresAt: at(90) },
        NOW,
      ),
    ).toMatchObject({ tone: 'neutral', label: 'ended', reason: 'leaked' });
  });

  it('calls nothing active that a block stops, and says what is blocked', () => {
    expect(
      standingChip(
        {
          standing: { state: 'blocked', because: 'model-blocked' },
          expiresAt: at(1),
        },
        NOW,
      ),
    ).toMatchObject({
      tone: 'warning',
      label: 'blocked',
      reason: 'model-blocked',
    });
  });
});
