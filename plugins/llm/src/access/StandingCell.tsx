import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { AccessStanding } from '@slipway/plugin-llm-common';
import { Chip } from '../components/Chip';
import { CheckIcon, ClockIcon, DashIcon, HalfIcon } from '../components/icons';
import tableStyles from '../components/table.module.css';
import { llmTranslationRef } from '../translation';
import { standingChip } from './standingChip';

const icons = {
  check: <CheckIcon />,
  clock: <ClockIcon />,
  half: <HalfIcon />,
  dash: <DashIcon />,
};

/** The standing of a grant or a key: chip and, where something is wrong, why. */
export function StandingCell(props: {
  of: { standing: AccessStanding; expiresAt: string };
  now: number;
}) {
  const { t } = useTranslationRef(llmTranslationRef);
  const chip = standingChip(props.of, props.now);
  return (
    <>
      <Chip tone={chip.tone} icon={icons[chip.icon]}>
        {chip.label === 'endsIn'
          ? t('access.standing.endsIn', { left: chip.left ?? '' })
          : t(`access.standing.${chip.label}`)}
      </Chip>
      {chip.reason && (
        <div className={tableStyles.small}>
          {t(`access.reason.${chip.reason}`)}
        </div>
      )}
    </>
  );
}
