import { createFrontendModule } from '@backstage/frontend-plugin-api';
import { ThemeBlueprint } from '@backstage/plugin-app-react';
import { UnifiedThemeProvider } from '@backstage/theme';
import { RiMoonLine, RiSunLine } from '@remixicon/react';
import { createMuiTheme } from './muiTheme';
import { darkPalette, lightPalette } from './palette';
import './tokens.css';
import './base.css';

const lightMui = createMuiTheme(lightPalette, 'light');
const darkMui = createMuiTheme(darkPalette, 'dark');

const lightTheme = ThemeBlueprint.make({
  name: 'light',
  params: {
    theme: {
      id: 'light',
      title: 'Light',
      variant: 'light',
      icon: <RiSunLine size={16} />,
      Provider: ({ children }) => (
        <UnifiedThemeProvider theme={lightMui}>{children}</UnifiedThemeProvider>
      ),
    },
  },
});

const darkTheme = ThemeBlueprint.make({
  name: 'dark',
  params: {
    theme: {
      id: 'dark',
      title: 'Dark',
      variant: 'dark',
      icon: <RiMoonLine size={16} />,
      Provider: ({ children }) => (
        <UnifiedThemeProvider theme={darkMui}>{children}</UnifiedThemeProvider>
      ),
    },
  },
});

/** Slipway's light and dark theme, in place of Backstage's. */
export const themeModule = createFrontendModule({
  pluginId: 'app',
  extensions: [lightTheme, darkTheme],
});
