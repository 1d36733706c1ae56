import { ReactElement, ReactNode } from 'react';
import {
  RiCpuLine,
  RiFileTextLine,
  RiGroupLine,
  RiInformationLine,
  RiShieldLine,
} from '@remixicon/react';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { RequestDetail } from '@slipway/plugin-llm-common';
import { useAccessPerson } from '../access/AccessContext';
import { Person } from '../access/Person';
import { WithPeople } from '../access/WithPeople';
import { Chip } from '../components/Chip';
import { CheckIcon, HalfIcon, WarningIcon } from '../components/icons';
import tableStyles from '../components/table.module.css';
import { gpuVendor } from '../format';
import { llmTranslationRef } from '../translation';
import styles from './Consequences.module.css';

/** What it means to say yes: who else, GPUs, policy, licence. What is not known is not shown as 0. */
export function Consequences(props: { request: RequestDetail }) {
  const { request } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const { consequences } = request;
  return (
    <div className={styles.grid}>
      <Headroom
        consequences={consequences}
        isThere={request.modelId !== undefined}
      />
      <WhoElse consequences={consequences} />
      <Policy request={request} />
      <Part
        icon={<RiFileTextLine size={16} />}
        title={t('approvals.licence.title')}
      >
        <p>{consequences.licence ?? t('approvals.licence.unknown')}</p>
      </Part>
      <Part
        icon={<RiInformationLine size={16} />}
        title={t('approvals.wrong.title')}
      >
        <p>{t('approvals.wrong.text')}</p>
      </Part>
    </div>
  );
}

/** What it means to say yes to a model that is not served yet: GPUs that it will take, policy, licence. */
export function NewModelConsequences(props: { request: RequestDetail }) {
  const { request } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const { gpus, licence } = request.consequences;
  const type = gpuVendor(gpus.type);
  return (
    <div className={styles.grid}>
      <Part icon={<RiCpuLine size={16} />} title={t('approvals.gpus.title')}>
        <dl className={styles.facts}>
          <dt>{t('approvals.gpus.wants')}</dt>
          <dd>
            {gpus.ofModel === 0
              ? t('models.gpusNone')
              : t('models.gpus', {
                  number: String(gpus.ofModel),
                  vendor: type,
                })}
          </dd>
          <dt>{t('approvals.gpus.free', { vendor: type })}</dt>
          <dd>
            {gpus.inCluster
              ? t('approvals.gpus.freeOf', {
                  free: String(gpus.inCluster.unrequested),
                  capacity: String(gpus.inCluster.capacity),
                })
              : t('approvals.unknown')}
          </dd>
        </dl>
      </Part>
      <Policy request={request} />
      <Part
        icon={<RiFileTextLine size={16} />}
        title={t('approvals.licence.title')}
      >
        <p>{licence ?? t('approvals.licence.unknown')}</p>
      </Part>
    </div>
  );
}

type Facts = RequestDetail['consequences'];

function Part(props: {
  icon: ReactElement;
  title: string;
  aside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className={styles.part}>
      <div className={styles.head}>
        <span aria-hidden="true">{props.icon}</span>
        <h3>{props.title}</h3>
        {props.aside && <span className={styles.aside}>{props.aside}</span>}
      </div>
      {props.children}
    </section>
  );
}

function Headroom(props: { consequences: Facts; isThere: boolean }) {
  const { isThere } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const { gpus, replicas } = props.consequences;
  const isWhole = replicas.ready >= replicas.desired;
  const type = gpuVendor(gpus.type);
  const gpusText =
    gpus.ofModel === 0
      ? t('models.gpusNone')
      : t('models.gpus', { number: String(gpus.ofModel), vendor: type });
  return (
    <Part
      icon={<RiCpuLine size={16} />}
      title={t('approvals.gpus.title')}
      aside={
        isThere && (
          <Chip
            tone={isWhole ? 'positive' : 'warning'}
            icon={isWhole ? <CheckIcon /> : <HalfIcon />}
          >
            {t('models.replicas', {
              ready: String(replicas.ready),
              desired: String(replicas.desired),
            })}
          </Chip>
        )
      }
    >
      <dl className={styles.facts}>
        <dt>{t('approvals.gpus.ofModel')}</dt>
        <dd>{isThere ? gpusText : t('approvals.unknown')}</dd>
        <dt>{t('approvals.gpus.free', { vendor: type })}</dt>
        <dd>
          {gpus.inCluster
            ? t('approvals.gpus.freeOf', {
                free: String(gpus.inCluster.unrequested),
                capacity: String(gpus.inCluster.capacity),
              })
            : t('approvals.unknown')}
        </dd>
      </dl>
      <p className={styles.small}>{t('approvals.gpus.note')}</p>
    </Part>
  );
}

function WhoElse(props: { consequences: Facts }) {
  const { t } = useTranslationRef(llmTranslationRef);
  const { tenantName } = useAccessPerson();
  const { grantsByTenant, otherGrants, openTo } = props.consequences;
  const hasGrants = grantsByTenant.length > 0 || otherGrants > 0;
  return (
    <Part icon={<RiGroupLine size={16} />} title={t('approvals.others.title')}>
      {hasGrants ? (
        <table className={`${tableStyles.table} ${styles.table}`}>
          <caption className={tableStyles.hidden}>
            {t('approvals.others.title')}
          </caption>
          <thead>
            <tr>
              <th scope="col">{t('access.column.tenant')}</th>
              <th scope="col" className={tableStyles.number}>
                {t('approvals.others.grants')}
              </th>
              <th scope="col" className={tableStyles.number}>
                {t('access.column.keys')}
              </th>
            </tr>
          </thead>
          <tbody>
            {grantsByTenant.map(({ tenant, grants, keys }) => (
              <tr key={tenant}>
                <td>{tenantName(tenant)}</td>
                <td className={tableStyles.number}>{grants}</td>
                <td className={tableStyles.number}>{keys}</td>
              </tr>
            ))}
            {otherGrants > 0 && (
              <tr>
                <td>{t('approvals.others.rest')}</td>
                <td className={tableStyles.number}>{otherGrants}</td>
                <td className={tableStyles.number}>–</td>
              </tr>
            )}
          </tbody>
        </table>
      ) : (
        <p>{t('approvals.others.none')}</p>
      )}
      {(openTo.everyone || openTo.groups.length > 0) && (
        <p className={styles.small}>
          {t('approvals.others.open', {
            who: openTo.everyone
              ? t('models.everyone')
              : openTo.groups.join(', '),
          })}
        </p>
      )}
    </Part>
  );
}

function Policy(props: { request: RequestDetail }) {
  const { request } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const { checks, deciders } = request.consequences;
  return (
    <Part icon={<RiShieldLine size={16} />} title={t('approvals.policy.title')}>
      <ul className={styles.checks}>
        {checks.map(check => (
          <li key={check.text} data-ok={check.ok ? '' : undefined}>
            {check.ok ? <CheckIcon /> : <WarningIcon />}
            <span>
              <span className={tableStyles.hidden}>
                {t(check.ok ? 'approvals.policy.ok' : 'approvals.policy.notOk')}
              </span>
              <WithPeople text={check.text} />
            </span>
          </li>
        ))}
      </ul>
      {deciders.length > 0 && (
        <p className={styles.small}>
          {t('approvals.policy.deciders')}{' '}
          {deciders.map((ref, index) => (
            <span key={ref}>
              {index > 0 && ', '}
              <Person entityRef={ref} />
            </span>
          ))}
          {request.rule && (
            <>
              {'. '}
              {t('approvals.policy.rule')} <code>{request.rule}</code>
            </>
          )}
        </p>
      )}
    </Part>
  );
}
