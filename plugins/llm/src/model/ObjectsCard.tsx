import { useState } from 'react';
import { Button } from '@backstage/ui';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { ModelDetail, ModelObject } from '@slipway/plugin-llm-common';
import { Section } from '../components/Section';
import table from '../components/table.module.css';
import { Age, useNow } from '../format';
import { llmTranslationRef } from '../translation';
import { YamlDialog } from './YamlDialog';

const SHORT = 8;

/** Objects whose state says something first. */
function tellingFirst(objects: ModelObject[]): ModelObject[] {
  return [
    ...objects.filter(object => object.state !== undefined),
    ...objects.filter(object => object.state === undefined),
  ];
}

/** What the operator made for the model; the YAML of each on demand. */
export function ObjectsCard(props: { model: ModelDetail }) {
  const { model } = props;
  const { t } = useTranslationRef(llmTranslationRef);
  const now = useNow(1_000);
  const [yamlOf, setYamlOf] = useState<ModelObject>();
  const [all, setAll] = useState(false);
  const objects = tellingFirst(model.objects);
  return (
    <Section
      title={t('model.objectsTitle')}
      note={t('model.objectsHint')}
      aside={
        objects.length > SHORT && (
          <Button
            size="small"
            variant="tertiary"
            onPress={() => setAll(before => !before)}
          >
            {all
              ? t('model.objectsFewer')
              : t('model.objectsAll', { number: String(objects.length) })}
          </Button>
        )
      }
    >
      {model.objects.length === 0 ? (
        <p className={table.empty}>{t('model.objectsNone')}</p>
      ) : (
        <table className={table.table}>
          <caption className={table.hidden}>{t('model.objectsTitle')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('model.kind')}</th>
              <th scope="col">{t('model.name')}</th>
              <th scope="col">{t('model.state')}</th>
              <th scope="col" className={`${table.number} ${table.wide}`}>
                {t('model.age')}
              </th>
              <th scope="col">
                <span className={table.hidden}>{t('model.yaml')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {(all ? objects : objects.slice(0, SHORT)).map(object => (
              <tr key={`${object.kind}/${object.name}`}>
                <td>{object.kind}</td>
                <td className={table.mono}>{object.name}</td>
                <td className={table.text}>
                  {object.state ?? <span className={table.secondary}>–</span>}
                </td>
                <td
                  className={`${table.number} ${table.wide} ${table.secondary}`}
                >
                  <Age since={object.createdAt} nowMs={now} />
                </td>
                <td className={table.number}>
                  <Button
                    size="small"
                    variant="secondary"
                    aria-label={t('model.showYaml', {
                      kind: object.kind,
                      name: object.name,
                    })}
                    onPress={() => setYamlOf(object)}
                  >
                    {t('model.yaml')}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {yamlOf && (
        <YamlDialog
          model={model}
          object={yamlOf}
          onClose={() => setYamlOf(undefined)}
        />
      )}
    </Section>
  );
}
