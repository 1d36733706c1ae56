import { useState } from 'react';
import { Button } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { ModelEvent } from '@slipway/plugin-llm-common';
import { Section } from '../components/Section';
import table from '../components/table.module.css';
import { formatAbsolute, formatClock, useNow } from '../format';
import { llmTranslationRef } from '../translation';

const SHORT = 8;

/** What was reported about the model and its objects, newest first. */
export function EventsCard(props: { events: ModelEvent[] }) {
  const { t } = useTranslationRef(llmTranslationRef);
  const now = useNow(1_000);
  const [all, setAll] = useState(false);
  const events = [...props.events].sort((a, b) =>
    b.lastSeen.localeCompare(a.lastSeen),
  );
  const shown = all ? events : events.slice(0, SHORT);
  return (
    <Section
      title={t('model.eventsTitle')}
      aside={
        events.length > SHORT && (
          <Button
            size="small"
            variant="tertiary"
            onPress={() => setAll(before => !before)}
          >
            {all
              ? t('model.eventsFewer')
              : t('model.eventsAll', { number: String(events.length) })}
          </Button>
        )
      }
    >
      {events.length === 0 ? (
        <p className={table.empty}>{t('model.eventsNone')}</p>
      ) : (
        <table className={table.table}>
          <caption className={table.hidden}>{t('model.eventsTitle')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('model.time')}</th>
              <th scope="col">{t('model.reason')}</th>
              <th scope="col">{t('model.message')}</th>
              <th scope="col" className={table.wide}>
                {t('model.from')}
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map(event => (
              <tr
                key={`${event.object} ${event.reason} ${event.lastSeen} ${event.message}`}
              >
                <td className={table.nowrap}>
                  <time
                    dateTime={event.lastSeen}
                    title={formatAbsolute(event.lastSeen)}
                  >
                    {formatClock(event.lastSeen, now)}
                  </time>
                </td>
                <td className={table.strong}>{event.reason}</td>
                <td className={table.text}>
                  {event.message}
                  <div className={table.small}>
                    {event.object}
                    {event.count > 1 &&
                      `, ${t('model.eventCount', {
                        number: String(event.count),
                      })}`}
                  </div>
                </td>
                <td className={`${table.secondary} ${table.wide}`}>
                  {event.source}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}
