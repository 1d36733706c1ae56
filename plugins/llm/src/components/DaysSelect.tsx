import { Select } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { formatDateIn, useNow } from '../format';
import { llmTranslationRef } from '../translation';

/** For how long: a few choices that people mean, each with the day that it ends on. The backend knows the limit and says it. */
export function DaysSelect(props: {
  label: string;
  days: readonly number[];
  value: number;
  onChange(days: number): void;
}) {
  const { t } = useTranslationRef(llmTranslationRef);
  const now = useNow(60_000);
  return (
    <Select
      label={props.label}
      options={props.days.map(days => ({
        id: String(days),
        label: t('dialog.daysTo', {
          days: String(days),
          date: formatDateIn(days, now),
        }),
      }))}
      value={String(props.value)}
      onChange={value => props.onChange(Number(value))}
    />
  );
}
