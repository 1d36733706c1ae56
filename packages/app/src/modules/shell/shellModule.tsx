import {
  NotFoundErrorPage,
  coreExtensionData,
  createFrontendModule,
} from '@backstage/frontend-plugin-api';
import appPlugin from '@backstage/plugin-app';
import {
  NavContentBlueprint,
  SwappableComponentBlueprint,
} from '@backstage/plugin-app-react';
import { Layout } from './Layout';
import { Sidebar } from './Sidebar';

const layout = appPlugin.getExtension('app/layout').override({
  factory: (_original, { inputs }) => [
    coreExtensionData.reactElement(
      <Layout
        nav={inputs.nav.get(coreExtensionData.reactElement)}
        content={inputs.content.get(coreExtensionData.reactElement)}
      />,
    ),
  ],
});

const sidebar = NavContentBlueprint.make({
  params: { component: props => <Sidebar {...props} /> },
});

const notFoundPage = SwappableComponentBlueprint.make({
  // The name of the one that it takes the place of.
  name: 'core-not-found-error-page',
  params: define =>
    define({
      component: NotFoundErrorPage,
      loader: () =>
        import('./NotFoundPage').then(module => module.NotFoundPage),
    }),
});

/** The frame around every page, and what stands in it where there is none. */
export const shellModule = createFrontendModule({
  pluginId: 'app',
  extensions: [layout, sidebar, notFoundPage],
});
