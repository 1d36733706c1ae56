import { createApp } from '@backstage/frontend-defaults';
import { homeModule } from './modules/home';
import { shellModule } from './modules/shell';
import { signInModule } from './modules/signIn';
import { themeModule } from './modules/theme';

/** The portal. Plugins are found by `app.packages: all`; what stands here is only what belongs to no plugin. */
export default createApp({
  features: [themeModule, shellModule, signInModule, homeModule],
});
