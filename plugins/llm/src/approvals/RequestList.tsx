import { Checkbox } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { RequestSummary } from '@slipway/plugin-llm-common';
import { useAccessPerson } from '../access/AccessContext';
import { RequestChip } from '../access/RequestChip';
import {
  formatAbsolute,
  formatAge,
  modelName,
  ownerName,
  useNow,
} from '../format';
import { PageLink, useAccessLinks } from '../navigation';
import { llmTranslationRef } from '../translation';
import { PersonName } from '../access/PersonName';
import styles from './RequestList.module.css';

/** Requests to decide. With `chosen` each has a box to tick, else each is a link that shows it. */
export function RequestList(props: {
  requests: RequestSummary[];
  selected: string | undefined;
  chosen?: string[];
  onChoose(ids: string[]): void;
}) {
  const { requests, selected, chosen, onChoose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const links = useAccessLinks();
  return (
    <ul className={styles.list} aria-label={t('approvals.waiting')}>
      {requests.map(request => (
        <li key={request.id}>
          {chosen ? (
            <div className={styles.row}>
              <Checkbox
                aria-label={t('approvals.choose', {
                  name: ownerName(request.requester),
                  model: modelName(request.model),
                })}
                isSelected={chosen.includes(request.id)}
                onChange={isSelected =>
                  onChoose(
                    isSelected
                      ? [...chosen, request.id]
                      : chosen.filter(id => id !== request.id),
                  )
                }
              />
              <div className={styles.words}>
                <Summary request={request} />
              </div>
            </div>
          ) : (
            <PageLink
              to={links.approvals('open', request.id)}
              className={styles.row}
              aria-current={request.id === selected ? 'true' : undefined}
              data-request-link=""
            >
              <span className={styles.words}>
                <Summary request={request} />
              </span>
            </PageLink>
          )}
        </li>
      ))}
    </ul>
  );
}

function kindOf({ renews, subject }: RequestSummary) {
  return renews
    ? 'approvals.kind.renewal'
    : (`approvals.kind.${subject.kind}` as const);
}

function Summary(props: { request: RequestSummary }) {
  const { request } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const { tenantName } = useAccessPerson();
  const now = useNow(60_000);
  return (
    <>
      <span className={styles.line}>
        <strong>{modelName(request.model)}</strong>
        <time
          dateTime={request.createdAt}
          title={formatAbsolute(request.createdAt)}
          className={styles.small}
        >
          {t('access.keys.usedAgo', {
            ago: formatAge(now - Date.parse(request.createdAt)),
          })}
        </time>
      </span>
      <span>
        <PersonName entityRef={request.requester} />
        {', '}
        {tenantName(request.tenant)}
      </span>
      <span className={styles.line}>
        <span className={styles.small}>
          {request.kind === 'new-model'
            ? t('access.newModel.title')
            : t(kindOf(request), {
                days: String(request.days),
              })}
        </span>
        {request.waitsFor === 'requester' && <RequestChip request={request} />}
      </span>
    </>
  );
}
