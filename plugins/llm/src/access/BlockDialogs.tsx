import { useState } from 'react';
import {
  Alert,
  Radio,
  RadioGroup,
  Select,
  TextAreaField,
  TextField,
} from '@backstage/ui';
import { useApi, useTranslationRef } from '@backstage/frontend-plugin-api';
import { BlockSummary } from '@slipway/plugin-llm-common';
import { accessApiRef } from '../api';
import { ActionDialog } from '../components/ActionDialog';
import { modelName } from '../format';
import { llmTranslationRef } from '../translation';
import { useAccessPerson } from './AccessContext';
import { REASON_LENGTH } from './choices';
import { ModelField } from './ModelField';
import { useNames } from './useNames';
import { UserField } from './UserField';

type Target = BlockSummary['target'];

const targets: readonly Target[] = ['user', 'tenant', 'model', 'key'];

/** Stops one user, tenant, model or key at once. */
export function BlockDialog(props: { onClose(): void }) {
  const { onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const { me } = useAccessPerson();
  const [target, setTarget] = useState<Target>('key');
  const [text, setText] = useState('');
  const [reason, setReason] = useState('');
  const ref = text.trim();
  const block = { target, ref, reason: reason.trim() };
  const isMe = target === 'user' && ref === me;
  return (
    <ActionDialog
      title={t('access.blocks.blockTitle')}
      action={t(`access.blocks.blockAction.${target}`)}
      destructive
      isDisabled={!ref || !block.reason || isMe}
      content={JSON.stringify(block)}
      run={once => api.createBlock(block, once)}
      onClose={onClose}
    >
      <RadioGroup
        label={t('access.blocks.what')}
        orientation="horizontal"
        value={target}
        onChange={value => {
          setTarget(targets.find(each => each === value) ?? 'key');
          setText('');
        }}
      >
        {targets.map(each => (
          <Radio key={each} value={each}>
            {t(`access.blocks.target.${each}`)}
          </Radio>
        ))}
      </RadioGroup>
      <TargetField target={target} value={text} onChange={setText} />
      {isMe && (
        <Alert status="warning" icon description={t('access.blocks.notMe')} />
      )}
      <p>{t(`access.blocks.effect.${target}`)}</p>
      <TextAreaField
        label={t('access.blocks.reason')}
        description={t('access.blocks.reasonHint')}
        isRequired
        maxLength={REASON_LENGTH}
        value={reason}
        onChange={setReason}
      />
    </ActionDialog>
  );
}

function TargetField(props: {
  target: Target;
  value: string;
  onChange(value: string): void;
}) {
  const { target, value, onChange } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const { tenants } = useAccessPerson();
  if (target === 'user') {
    return (
      <UserField
        label={t('access.blocks.target.user')}
        value={value || undefined}
        onChange={ref => onChange(ref ?? '')}
      />
    );
  }
  if (target === 'key') {
    return (
      <TextField
        label={t('access.blocks.target.key')}
        description={t('access.blocks.hint.key')}
        isRequired
        value={value}
        onChange={onChange}
      />
    );
  }
  if (target === 'model') {
    return (
      <ModelField
        label={t('access.blocks.target.model')}
        value={value || undefined}
        onChange={onChange}
      />
    );
  }
  return (
    <Select
      label={t('access.blocks.target.tenant')}
      isRequired
      searchable
      options={tenants.map(({ name, displayName }) => ({
        id: name,
        label: displayName,
      }))}
      value={value || null}
      onChange={chosen => onChange(String(chosen))}
    />
  );
}

/** What is blocked, as people call it. */
function useBlockName({ target, ref }: BlockSummary): string {
  const { tenantName } = useAccessPerson();
  const nameOf = useNames(target === 'user' ? [ref] : []);
  switch (target) {
    case 'user':
      return nameOf(ref);
    case 'tenant':
      return tenantName(ref);
    case 'model':
      return modelName(ref);
    default:
      return ref;
  }
}

/** Lifts a block: whoever was stopped may call again what their grants and keys allow. */
export function LiftDialog(props: { block: BlockSummary; onClose(): void }) {
  const { block, onClose } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const api = useApi(accessApiRef);
  const name = useBlockName(block);
  return (
    <ActionDialog
      title={t('access.blocks.liftTitle', { ref: name })}
      action={t('access.blocks.liftAction')}
      leave={t('access.blocks.leave')}
      content={block.id}
      run={once => api.liftBlock(block.id, once)}
      onClose={onClose}
    >
      <p>{t('access.blocks.liftText', { reason: block.reason })}</p>
    </ActionDialog>
  );
}
