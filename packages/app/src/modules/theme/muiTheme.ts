import {
  UnifiedTheme,
  createBaseThemeOptions,
  createUnifiedTheme,
  genPageTheme,
  palettes,
} from '@backstage/theme';
import { Palette } from './palette';

const fontFamily =
  '-apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif';

/** The Material UI theme that makes stock pages look like the pages that are built with Backstage UI. */
export function createMuiTheme(
  colors: Palette,
  mode: 'light' | 'dark',
): UnifiedTheme {
  const pageTheme = {
    ...genPageTheme({ colors: [colors.surface], shape: 'none' }),
    backgroundImage: 'none',
    fontColor: colors.text,
  };
  return createUnifiedTheme({
    ...createBaseThemeOptions({
      palette: {
        ...palettes[mode],
        primary: { main: colors.accent, contrastText: colors.accentText },
        secondary: { main: colors.accent, contrastText: colors.accentText },
        success: { main: colors.positive },
        warning: { main: colors.warning },
        error: { main: colors.negative },
        info: { main: colors.announcement },
        text: {
          primary: colors.text,
          secondary: colors.textSecondary,
          disabled: colors.textDisabled,
        },
        divider: colors.line,
        background: { default: colors.app, paper: colors.surface },
        link: colors.link,
        linkHover: colors.link,
        gold: colors.warning,
        border: colors.line,
        textContrast: colors.text,
        textSubtle: colors.textSecondary,
        highlight: colors.raised,
        errorBackground: colors.negativeSubdued,
        errorText: colors.negativeText,
        warningBackground: colors.warningSubdued,
        warningText: colors.warningText,
        infoBackground: colors.announcementSubdued,
        infoText: colors.announcementText,
        status: {
          ok: colors.positive,
          warning: colors.warning,
          error: colors.negative,
          running: colors.announcement,
          pending: colors.warning,
          aborted: colors.textSecondary,
        },
        navigation: {
          background: colors.nav,
          indicator: colors.navMark,
          color: colors.navText,
          selectedColor: '#ffffff',
          navItem: { hoverBackground: colors.navOn },
          submenu: { background: colors.navOn },
        },
      },
      typography: {
        htmlFontSize: 16,
        fontFamily,
        h1: { fontSize: 24, fontWeight: 600, marginBottom: 8 },
        h2: { fontSize: 20, fontWeight: 600, marginBottom: 8 },
        h3: { fontSize: 20, fontWeight: 600, marginBottom: 8 },
        h4: { fontSize: 16, fontWeight: 600, marginBottom: 4 },
        h5: { fontSize: 16, fontWeight: 600, marginBottom: 4 },
        h6: { fontSize: 14, fontWeight: 600, marginBottom: 4 },
      },
      defaultPageTheme: 'home',
      pageTheme: { home: pageTheme },
      fontFamily,
    }),
    components: componentShapes(colors),
  });
}

/** Shapes: flat cards with a line, controls of 32 px, words in lower case. */
function componentShapes(colors: Palette) {
  return {
    MuiPaper: {
      styleOverrides: {
        root: { boxShadow: 'none' },
        rounded: { borderRadius: 8 },
        elevation1: {
          boxShadow: 'none',
          border: `1px solid ${colors.line}`,
        },
      },
    },
    MuiButton: {
      styleOverrides: {
        root: {
          textTransform: 'none' as const,
          fontWeight: 600,
          fontSize: 13,
          minHeight: 32,
          borderRadius: 4,
          padding: '4px 12px',
        },
        contained: { boxShadow: 'none' },
        outlined: { borderColor: colors.control, padding: '3px 12px' },
      },
    },
    MuiToggleButton: {
      styleOverrides: {
        root: { textTransform: 'none' as const, color: colors.textSecondary },
      },
    },
    BackstageTableHeader: {
      styleOverrides: {
        header: {
          textTransform: 'none' as const,
          fontSize: 12,
          fontWeight: 600,
          color: colors.textSecondary,
          borderTop: `1px solid ${colors.line}`,
          borderBottom: `1px solid ${colors.line}`,
        },
      },
    },
    BackstageTableToolbar: {
      styleOverrides: { title: { fontSize: 14, fontWeight: 600 } },
    },
    CatalogReactUserListPicker: {
      styleOverrides: {
        root: { backgroundColor: 'transparent', boxShadow: 'none' },
        title: { textTransform: 'none' as const, fontSize: 12 },
      },
    },
    MuiTab: {
      styleOverrides: {
        root: {
          textTransform: 'none' as const,
          fontSize: 14,
          minWidth: 0,
          color: colors.textSecondary,
        },
      },
    },
    MuiTableCell: {
      styleOverrides: {
        root: { borderBottomColor: colors.line, fontSize: 14 },
        head: {
          fontSize: 12,
          fontWeight: 600,
          textTransform: 'none' as const,
          color: colors.textSecondary,
        },
      },
    },
    MuiChip: {
      styleOverrides: { root: { borderRadius: 10 } },
    },
    MuiOutlinedInput: {
      styleOverrides: { notchedOutline: { borderColor: colors.control } },
    },
    BackstageHeader: {
      styleOverrides: {
        header: {
          boxShadow: 'none',
          borderBottom: `1px solid ${colors.line}`,
          backgroundColor: colors.surface,
          padding: '12px 20px',
        },
        title: { fontSize: 16, lineHeight: '24px', color: colors.text },
        subtitle: { color: colors.textSecondary },
      },
    },
    BackstageContent: {
      styleOverrides: { root: { padding: 20 } },
    },
  };
}
