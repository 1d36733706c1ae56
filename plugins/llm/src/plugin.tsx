import { ComponentType } from 'react';
import { RiBox3Line, RiKey2Line, RiShieldCheckLine } from '@remixicon/react';
import {
  ApiBlueprint,
  PageBlueprint,
  createFrontendPlugin,
  fetchApiRef,
} from '@backstage/frontend-plugin-api';
import { EntityCardBlueprint } from '@backstage/plugin-catalog-react/alpha';
import { HomePageWidgetBlueprint } from '@backstage/plugin-home-react/alpha';
import { AccessClient, LlmClient, accessApiRef, llmApiRef } from './api';
import {
  accessRouteRef,
  approvalsRouteRef,
  modelRouteRef,
  modelsRouteRef,
} from './routes';

const llmApi = ApiBlueprint.make({
  params: defineParams =>
    defineParams({
      api: llmApiRef,
      deps: { fetchApi: fetchApiRef },
      factory: ({ fetchApi }) => LlmClient.create({ fetchApi }),
    }),
});

const accessApi = ApiBlueprint.make({
  name: 'access',
  params: defineParams =>
    defineParams({
      api: accessApiRef,
      deps: { fetchApi: fetchApiRef },
      factory: ({ fetchApi }) => AccessClient.create({ fetchApi }),
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

// The two below say themselves who can open them; the sidebar asks `useAccessNavigation` whether to show them.
const accessPage = PageBlueprint.make({
  name: 'access',
  params: {
    path: '/access',
    title: 'Access',
    icon: <RiKey2Line />,
    routeRef: accessRouteRef,
    noHeader: true,
    loader: () =>
      import('./navigation').then(module => <module.AccessRouter />),
  },
});

const approvalsPage = PageBlueprint.make({
  name: 'approvals',
  params: {
    path: '/approvals',
    title: 'Approvals',
    icon: <RiShieldCheckLine />,
    routeRef: approvalsRouteRef,
    noHeader: true,
    loader: () =>
      import('./navigation').then(module => <module.ApprovalsRouter />),
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

const tasksWidget = HomePageWidgetBlueprint.make({
  name: 'tasks',
  params: {
    name: 'Needs you',
    description:
      'Requests to decide, grants and keys that end, grants to confirm',
    components: async () => {
      const { TasksWidget } = await import('./home');
      return { Content: TasksWidget, Renderer: WidgetFrame };
    },
  },
});

/** Slipway's frontend. */
export const llmPlugin = createFrontendPlugin({
  pluginId: 'llm',
  title: 'Models and GPUs',
  icon: <RiBox3Line />,
  info: { packageJson: () => import('../package.json') },
  routes: {
    models: modelsRouteRef,
    model: modelRouteRef,
    access: accessRouteRef,
    approvals: approvalsRouteRef,
  },
  extensions: [
    llmApi,
    accessApi,
    modelsPage,
    accessPage,
    approvalsPage,
    modelCard,
    tasksWidget,
    modelsWidget,
  ],
});

/** The widget is a card of its own and needs no other around it. */
function WidgetFrame(props: { Content: ComponentType }) {
  return <props.Content />;
}
