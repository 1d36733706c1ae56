import { createFrontendModule } from '@backstage/frontend-plugin-api';
import { HomePageLayoutBlueprint } from '@backstage/plugin-home-react/alpha';

const layout = HomePageLayoutBlueprint.make({
  params: {
    loader: () => import('./HomePage').then(module => module.HomePage),
  },
});

/** A plain Home page: what to do next, and the widgets of our own plugins. */
export const homeModule = createFrontendModule({
  pluginId: 'home',
  extensions: [layout],
});
