import { useState } from 'react';
import { Button } from '@backstage/ui';
import { RiForbidLine, RiShieldCheckLine } from '@remixicon/react';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { BlockSummary } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { Section } from '../components/Section';
import { StatePanel } from '../components/StatePanel';
import tableStyles from '../components/table.module.css';
import { Age, modelName, useNow } from '../format';
import { LiveIndicator, StaleBanner, useLiveResource } from '../live';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { BlockDialog, LiftDialog } from './BlockDialogs';
import { LiveTable } from './LiveTable';
import { Person } from './Person';
import styles from './AccessPage.module.css';

/** The kill switch: who or what is stopped now, by whom and why. For admins. */
export function BlocksTab() {
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const now = useNow(10_000);
  const [creates, setCreates] = useState(false);
  const [lifted, setLifted] = useState<BlockSummary>();
  const resource = useLiveResource<BlockSummary[]>({
    key: 'blocks',
    load: (_previous, signal) => api.listBlocks(signal),
  });
  const blocks = resource.value;
  return (
    <Section
      title={t('access.blocks.title')}
      count={blocks?.length}
      note={t('access.blocks.note')}
      aside={
        <span className={styles.filters}>
          <LiveIndicator resource={resource} />
          <Button
            size="small"
            variant="secondary"
            destructive
            iconStart={<RiForbidLine />}
            onPress={() => setCreates(true)}
          >
            {t('access.blocks.block')}
          </Button>
        </span>
      }
    >
      <StaleBanner resource={resource} />
      <LiveTable
        resource={resource}
        caption={t('access.blocks.title')}
        columns={[
          { title: t('access.blocks.what') },
          { title: t('access.blocks.reason') },
          { title: t('access.blocks.by'), isWide: true },
          { title: t('access.blocks.since') },
          { title: t('access.column.action'), isHidden: true },
        ]}
        isEmpty={blocks && blocks.length === 0}
        empty={
          <StatePanel
            icon={<RiShieldCheckLine size={16} />}
            title={t('access.blocks.emptyTitle')}
          >
            {t('access.blocks.emptyText')}
          </StatePanel>
        }
        isMiddle
      >
        {blocks?.map(block => (
          <tr key={block.id}>
            <td>
              <Target block={block} />
              <div className={tableStyles.small}>
                {t(`access.blocks.target.${block.target}`)}
              </div>
            </td>
            <td className={tableStyles.text}>{block.reason}</td>
            <td className={tableStyles.wide}>
              <Person entityRef={block.by} />
            </td>
            <td className={tableStyles.nowrap}>
              <Age since={block.at} nowMs={now} />
            </td>
            <td>
              <div className={styles.actions}>
                <Button
                  size="small"
                  variant="secondary"
                  aria-label={t('access.blocks.liftOf', { ref: block.ref })}
                  onPress={() => setLifted(block)}
                >
                  {t('access.blocks.lift')}
                </Button>
              </div>
            </td>
          </tr>
        ))}
      </LiveTable>
      {creates && <BlockDialog onClose={() => setCreates(false)} />}
      {lifted && (
        <LiftDialog block={lifted} onClose={() => setLifted(undefined)} />
      )}
    </Section>
  );
}

function Target(props: { block: BlockSummary }) {
  const { target, ref } = props.block;
  const { tenantName } = useAccessPerson();
  if (target === 'user') {
    return <Person entityRef={ref} />;
  }
  if (target === 'model') {
    return <span className={tableStyles.strong}>{modelName(ref)}</span>;
  }
  return (
    <span className={tableStyles.strong}>
      {target === 'tenant' ? tenantName(ref) : <code>{ref}</code>}
    </span>
  );
}
