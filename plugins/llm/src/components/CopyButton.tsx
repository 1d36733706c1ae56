import { useEffect, useState } from 'react';
import { Button } from '@backstage/ui';
import { RiCheckLine, RiFileCopyLine } from '@remixicon/react';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { llmTranslationRef } from '../translation';

const SAY_COPIED_MS = 2_000;

/** Copies a text, and says for two seconds that it did, or that the browser does not let it: on a plain `http` portal it has no clipboard. */
export function CopyButton(props: { text: string; what: string }) {
  const { t } = useTranslationRef(llmTranslationRef);
  const [outcome, setOutcome] = useState<'copied' | 'copyFailed'>();
  const copied = outcome === 'copied';
  useEffect(() => {
    if (!outcome) {
      return undefined;
    }
    const timer = setTimeout(() => setOutcome(undefined), SAY_COPIED_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  return (
    <Button
      size="small"
      variant="secondary"
      iconStart={copied ? <RiCheckLine /> : <RiFileCopyLine />}
      aria-label={t('model.copyOf', { what: props.what })}
      onPress={async () => {
        try {
          await navigator.clipboard.writeText(props.text);
          setOutcome('copied');
        } catch {
          setOutcome('copyFailed');
        }
      }}
    >
      <span aria-live="polite">{t(`model.${outcome ?? 'copy'}`)}</span>
    </Button>
  );
}
