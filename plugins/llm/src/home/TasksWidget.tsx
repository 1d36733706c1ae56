import { ReactElement } from 'react';
import {
  RiChatQuoteLine,
  RiCheckDoubleLine,
  RiKey2Line,
  RiShieldCheckLine,
  RiTimeLine,
} from '@remixicon/react';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { ActionList, ActionRow } from '../components/ActionList';
import { Section } from '../components/Section';
import { TenantNotice } from '../components/TenantNotice';
import { formatDate, formatLeft, modelName, useNow } from '../format';
import { useAccessLinks } from '../navigation';
import { useStanding } from '../standing';
import { llmTranslationRef } from '../translation';
import { Task, TaskKind } from './tasksOf';
import { useTasks } from './useTasks';
import styles from './TasksWidget.module.css';

const icons: Record<TaskKind, ReactElement> = {
  keys: <RiKey2Line size={16} />,
  grants: <RiTimeLine size={16} />,
  answers: <RiChatQuoteLine size={16} />,
  decide: <RiShieldCheckLine size={16} />,
  confirm: <RiCheckDoubleLine size={16} />,
};

/** Home: what waits for me in the pages about access, the most urgent first. Where nothing waits, nothing is there. */
export function TasksWidget() {
  const { t } = useTranslationRef(llmTranslationRef);
  const { standing, error: unknown } = useStanding();
  const lists = useTasks(standing);
  const { tasks = [] } = lists;
  // Nothing here means that nothing waits: what is not known has to be said.
  const error = unknown ?? lists.error;
  return (
    <div className={styles.widget}>
      <TenantNotice standing={standing} />
      {(tasks.length > 0 || error) && (
        <Section
          title={t('tasks.title')}
          count={
            error ? undefined : tasks.reduce((sum, { count }) => sum + count, 0)
          }
        >
          {error && <p className={styles.text}>{t('tasks.failed')}</p>}
          {tasks.length > 0 && (
            <ActionList>
              {tasks.map((task, index) => (
                <TaskRow key={task.kind} task={task} primary={index === 0} />
              ))}
            </ActionList>
          )}
        </Section>
      )}
    </div>
  );
}

function TaskRow(props: { task: Task; primary: boolean }) {
  const { task, primary } = props;
  const { kind, count, more } = task;
  const { t } = useTranslationRef(llmTranslationRef);
  const links = useAccessLinks();
  const hrefs: Record<TaskKind, string> = {
    keys: links.access(),
    grants: links.access(),
    answers: links.access(),
    decide: links.approvals(),
    confirm: links.access('people', { state: 'due' }),
  };
  return (
    <ActionRow
      icon={icons[kind]}
      title={t(`tasks.${kind}.title`, {
        count,
        number: more ? `${count}+` : String(count),
      })}
      text={<Deadline task={task} />}
      href={hrefs[kind]}
      button={t(`tasks.${kind}.button`)}
      primary={primary}
    />
  );
}

/** What is first, and until when there is time. */
function Deadline({ task }: { task: Task }) {
  const { kind, by } = task;
  const { t } = useTranslationRef(llmTranslationRef);
  const now = useNow(60_000);
  const leftMs = Date.parse(by) - now;
  const values = {
    first: kind === 'keys' ? task.first : modelName(task.first),
    date: formatDate(by),
    left: formatLeft(Math.max(0, leftMs)),
  };
  return (
    <>
      {kind === 'confirm' && leftMs < 0
        ? t('tasks.confirm.late', values)
        : t(`tasks.${kind}.text`, values)}
    </>
  );
}
