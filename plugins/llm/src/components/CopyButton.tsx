import { useEffect, useState } from 'react';
import { Button } from '@backstage/ui';
import { RiCheckLine, RiFileCopyLine } from '@remixicon/react';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { llmTranslationRef } from '../translation';

const SAY_COPIED_MS = 2_000;

/** Copies a text, and says so for two seconds. */
export function CopyButton(props: { text: string; what: string }) {
  const { t } = useTranslationRef(llmTranslationRef);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) {
      return undefined;
    }
    const timer = setTimeout(() => setCopied(false), SAY_COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <Button
      size="small"
      variant="secondary"
      iconStart={copied ? <RiCheckLine /> : <RiFileCopyLine />}
      aria-label={t('model.copyOf', { what: props.what })}
      onPress={async () => {
        await navigator.clipboard.writeText(props.text);
        setCopied(true);
      }}
    >
      <span aria-live="polite">
        {copied ? t('model.copied') : t('model.copy')}
      </span>
    </Button>
  );
}
