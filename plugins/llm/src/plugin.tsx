import { ComponentType } from 'react';
import { RiBox3Line } from '@remixicon/react';
import {
  ApiBlueprint,
  PageBlueprint,
  createFrontendPlugin,
  fetchApiRef,
} from '@backstage/frontend-plugin-api';
import { EntityCardBlueprint } from '@backstage/plugin-catalog-react/alpha';
import { HomePageWidgetBlueprint } from '@backstage/plugin-home-react/alpha';
import { LlmClient, llmApiRef } from './api';
import { modelRouteRef, modelsRouteRef } from './routes';

const llmApi = ApiBlueprint.make({
  params: defineParams =>
    defineParams({
      api: llmApiRef,
      deps: { fetchApi: fetchApiRef },
      factory: ({ fetchApi }) => LlmClient.create({ fetchApi }),
    }),
});

const modelsPage = PageBlueprint.make({
  name: 'models',
  params: {
    path: '/models',
    title: 'Models',
    icon: <RiBox3Line />,
    routeRef: modelsRouteRef,
    // Both pages draw their own header: a model's phase stands beside its name.
    noHeader: true,
    loader: () =>
      import('./navigation').then(module => <module.PluginRouter />),
  },
});

const modelCard = EntityCardBlueprint.make({
  name: 'model',
  params: {
    type: 'info',
    filter: {
      kind: 'API',
      'spec.type': 'ai-model-server',
      'metadata.annotations.slipway.dev/model': { $exists: true },
    },
    loader: () => import('./entity').then(module => <module.ModelEntityCard />),
  },
});

const modelsWidget = HomePageWidgetBlueprint.make({
  name: 'models',
  params: {
    name: 'Models',
    description: 'How many models are Ready, on the way, and broken',
    components: async () => {
      const { ModelsWidget } = await import('./home');
      return { Content: ModelsWidget, Renderer: WidgetFrame };
    },
  },
});

/** Slipway's frontend. */
export const llmPlugin = createFrontendPlugin({
  pluginId: 'llm',
  title: 'Models and GPUs',
  icon: <RiBox3Line />,
  info: { packageJson: () => import('../package.json') },
  routes: { models: modelsRouteRef, model: modelRouteRef },
  extensions: [llmApi, modelsPage, modelCard, modelsWidget],
});

/** The widget is a card of its own and needs no other around it. */
function WidgetFrame(props: { Content: ComponentType }) {
  return <props.Content />;
}
