import {
  coreExtensionData,
  createFrontendModule,
} from '@backstage/frontend-plugin-api';
import appPlugin from '@backstage/plugin-app';
import { NavContentBlueprint } from '@backstage/plugin-app-react';
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

/** The frame around every page. */
export const shellModule = createFrontendModule({
  pluginId: 'app',
  extensions: [layout, sidebar],
});
