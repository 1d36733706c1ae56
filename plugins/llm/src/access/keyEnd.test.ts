import { keyEnd } from './keyEnd';

const OWN = '2027-02-20T10:00:00.000Z';
const SOON = '2026-12-02T10:00:00.000Z';
const LATER = '2027-01-10T10:00:00.000Z';
const SAME_DAY = '2027-02-20T09:50:00.000Z';
const AFTER = '2027-06-01T10:00:00.000Z';

describe('when a key ends', () => {
  it.each([
    {
      what: 'at its own time where its models are open',
      untils: [undefined, undefined],
      end: { at: OWN, withGrant: false },
    },
    {
      what: 'with its last grant, and says which model goes first',
      untils: [LATER, SOON],
      end: { at: LATER, withGrant: true, loses: SOON },
    },
    {
      what: 'at its own time where an open model is left, and says which model goes',
      untils: [undefined, SOON],
      end: { at: OWN, withGrant: false, loses: SOON },
    },
    {
      what: 'at its own time where its grants hold longer',
      untils: [AFTER],
      end: { at: OWN, withGrant: false },
    },
    {
      what: 'with a grant of the same day, without a word about it',
      untils: [SAME_DAY],
      end: { at: SAME_DAY, withGrant: false },
    },
    {
      what: 'at its own time where a model goes on the same day',
      untils: [undefined, SAME_DAY],
      end: { at: OWN, withGrant: false },
    },
    {
      what: 'at its own time where it opens nothing any more',
      untils: [],
      end: { at: OWN, withGrant: false },
    },
  ])('$what', ({ untils, end }) => {
    const models = untils.map((until, index) => ({
      model: `models/m${index}`,
      until,
    }));
    const { loses, ...rest } = keyEnd({ expiresAt: OWN, models });
    expect({ ...rest, loses: loses?.until }).toEqual({
      loses: undefined,
      ...end,
    });
  });
});
