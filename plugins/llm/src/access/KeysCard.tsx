import { useState } from 'react';
import { Button } from '@backstage/ui';
import { RiAddLine, RiDropLine, RiKey2Line } from '@remixicon/react';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { KeySummary } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { Section } from '../components/Section';
import { StatePanel } from '../components/StatePanel';
import tableStyles from '../components/table.module.css';
import { formatCount, useNow } from '../format';
import { StaleBanner, useLivePages } from '../live';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { CreateKeyDialog } from './CreateKeyDialog';
import { EndKeyDialog, LeakedKeyDialog } from './EndKeyDialogs';
import { ImportKeyDialog } from './ImportKeyDialog';
import { KeyRow, KeyAction } from './KeyRow';
import { LiveTable } from './LiveTable';
import { KeepKeyDialog, RotateDialog } from './RotateDialog';
import { StateChoice, StateFilter, stateChoices, stateOf } from './StateFilter';
import styles from './AccessPage.module.css';

/** My keys: which models they open, how long they hold, whether anybody uses them. */
export function KeysCard() {
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const now = useNow(60_000);
  const [choice, setChoice] = useState<StateChoice>('active');
  const [asked, setAsked] = useState<{ what: KeyAction; key: KeySummary }>();
  const { may, memberOf } = useAccessPerson();
  const [creates, setCreates] = useState(false);
  const [imports, setImports] = useState(false);
  const [leaked, setLeaked] = useState(false);
  const keys = useLivePages<KeySummary>({
    key: `keys mine ${choice}`,
    ask: (page, signal) =>
      api.listKeys({ scope: 'mine', state: stateOf(choice), ...page }, signal),
  });
  const { items, resource } = keys;
  const close = () => setAsked(undefined);

  return (
    <Section
      title={t('access.keys.title')}
      count={items && formatCount(items.length, keys.hasMore)}
      aside={
        <span className={styles.filters}>
          {may.manageAll && (
            <Button
              size="small"
              variant="secondary"
              onPress={() => setImports(true)}
            >
              {t('access.import.open')}
            </Button>
          )}
          <StateFilter
            label={t('access.keys.filter')}
            choices={stateChoices}
            value={choice}
            onChange={setChoice}
          />
        </span>
      }
    >
      <StaleBanner resource={resource} />
      <LiveTable
        resource={resource}
        caption={t('access.keys.title')}
        columns={[
          { title: t('access.column.key') },
          { title: t('access.column.owner'), isWide: true },
          { title: t('access.column.models') },
          { title: t('access.column.expires') },
          { title: t('access.column.lastUsed') },
          { title: t('access.column.action'), isHidden: true },
        ]}
        isEmpty={items && items.length === 0}
        empty={
          choice === 'active' ? (
            <StatePanel
              icon={<RiKey2Line size={16} />}
              title={t('access.keys.emptyTitle')}
              actions={
                memberOf.length > 0 && (
                  <Button
                    variant="primary"
                    iconStart={<RiAddLine />}
                    onPress={() => setCreates(true)}
                  >
                    {t('access.createKey')}
                  </Button>
                )
              }
            >
              {t('access.keys.emptyText')}
            </StatePanel>
          ) : (
            <p className={tableStyles.empty}>{t('access.keys.noneOfState')}</p>
          )
        }
        isMiddle
        onMore={keys.hasMore ? keys.loadMore : undefined}
      >
        {items?.map(key => (
          <KeyRow
            key={key.id}
            apiKey={key}
            now={now}
            onAction={what => setAsked({ what, key })}
          />
        ))}
      </LiveTable>
      {items?.some(({ myActions }) => myActions.includes('leaked')) && (
        <div className={styles.foot}>
          <RiDropLine size={16} aria-hidden="true" />
          <span>{t('access.keys.leakedHint')}</span>
          <Button
            size="small"
            variant="secondary"
            onPress={() => setLeaked(true)}
          >
            {t('access.keys.leaked')}
          </Button>
        </div>
      )}
      {asked?.what === 'rotate' && (
        <RotateDialog apiKey={asked.key} onClose={close} />
      )}
      {asked?.what === 'revoke' && (
        <EndKeyDialog apiKey={asked.key} now={now} onClose={close} />
      )}
      {asked?.what === 'keep' && (
        <KeepKeyDialog apiKey={asked.key} onClose={close} />
      )}
      {leaked && items && (
        <LeakedKeyDialog
          apiKeys={items.filter(key => key.myActions.includes('leaked'))}
          onClose={() => setLeaked(false)}
        />
      )}
      {imports && <ImportKeyDialog onClose={() => setImports(false)} />}
      {creates && <CreateKeyDialog onClose={() => setCreates(false)} />}
    </Section>
  );
}
