import { screen } from '@testing-library/react';
import { renderInTestApp } from '@backstage/frontend-test-utils';
import { EntityProvider } from '@backstage/plugin-catalog-react';
import { FakeBackend } from '../../dev/FakeBackend';
import { fakeFetchApi } from '../../dev/fakeBackendModule';
import { fakeModels } from '../../dev/fakeModels';
import { LlmClient, llmApiRef } from '../api';
import { modelsRouteRef } from '../routes';
import { ModelEntityCard } from './ModelEntityCard';
import { parseModelAnnotation } from './modelAnnotation';

function renderCard(model: string) {
  const api = LlmClient.create({
    fetchApi: fakeFetchApi(new FakeBackend(fakeModels(Date.now()))),
  });
  renderInTestApp(
    <EntityProvider
      entity={{
        apiVersion: 'backstage.io/v1alpha1',
        kind: 'API',
        metadata: {
          name: 'x',
          annotations: { 'slipway.dev/model': model },
        },
        spec: { type: 'ai-model-server' },
      }}
    >
      <ModelEntityCard />
    </EntityProvider>,
    {
      apis: [[llmApiRef, api]],
      mountedRoutes: { '/models': modelsRouteRef },
    },
  );
}

describe('the card on the entity page', () => {
  it('says how the model is doing and leads to its page', async () => {
    renderCard('llm-operator-system/llama-guard-4-12b');
    expect(await screen.findByText('Error')).toBeVisible();
    expect(screen.getByText(/huggingface.co refused access/)).toBeVisible();
    expect(
      screen.getByRole('link', { name: 'Open the model' }),
    ).toHaveAttribute('href', '/models/llm-operator-system/llama-guard-4-12b');
  });

  it('says that the model is gone where the catalog is behind', async () => {
    renderCard('llm-operator-system/nope');
    expect(
      await screen.findByText(
        'The model behind this entity is no longer there.',
      ),
    ).toBeVisible();
    expect(
      screen.queryByRole('link', { name: 'Open the model' }),
    ).not.toBeInTheDocument();
  });

  it('understands only <namespace>/<name>', () => {
    expect(parseModelAnnotation('a/b')).toEqual({ namespace: 'a', name: 'b' });
    for (const bad of [undefined, '', 'a', 'a/', '/b', 'a/b/c']) {
      expect(parseModelAnnotation(bad)).toBeUndefined();
    }
  });
});
