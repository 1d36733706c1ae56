/**
 * The colours that Material UI needs as plain values. They are those of `tokens.css`; Material UI v4 computes shades
 * from them in JavaScript and therefore can't read CSS variables.
 */
export interface Palette {
  app: string;
  surface: string;
  hover: string;
  raised: string;
  text: string;
  textSecondary: string;
  textDisabled: string;
  line: string;
  control: string;
  accent: string;
  accentHover: string;
  accentText: string;
  link: string;
  positive: string;
  positiveSubdued: string;
  positiveText: string;
  warning: string;
  warningSubdued: string;
  warningText: string;
  negative: string;
  negativeSubdued: string;
  negativeText: string;
  announcement: string;
  announcementSubdued: string;
  announcementText: string;
  nav: string;
  navText: string;
  navOn: string;
  navMark: string;
}

/** Colours of the light theme. */
export const lightPalette: Palette = {
  app: '#f5f5f5',
  surface: '#ffffff',
  hover: '#f7f7f7',
  raised: '#eeeff0',
  text: '#16181b',
  textSecondary: '#5b6068',
  textDisabled: '#8a8f96',
  line: '#e3e4e6',
  control: '#868b93',
  accent: '#1f5493',
  accentHover: '#163a66',
  accentText: '#ffffff',
  link: '#1f5493',
  positive: '#1d8a47',
  positiveSubdued: '#d9f4e2',
  positiveText: '#0c5c2a',
  warning: '#b86200',
  warningSubdued: '#ffecd2',
  warningText: '#864000',
  negative: '#c62626',
  negativeSubdued: '#fde1e1',
  negativeText: '#951919',
  announcement: '#2563c9',
  announcementSubdued: '#dfebfc',
  announcementText: '#173da6',
  nav: '#171717',
  navText: '#c8c8c8',
  navOn: '#2c2c2c',
  navMark: '#9cc9ff',
};

/** Colours of the dark theme. */
export const darkPalette: Palette = {
  app: '#17191c',
  surface: '#202327',
  hover: '#272b30',
  raised: '#31363c',
  text: '#f1f3f5',
  textSecondary: '#a9b1bb',
  textDisabled: '#868e98',
  line: '#363b42',
  control: '#7d858f',
  accent: '#9cc9ff',
  accentHover: '#83b9fd',
  accentText: '#101821',
  link: '#9cc9ff',
  positive: '#3fb56c',
  positiveSubdued: '#12351f',
  positiveText: '#8ddeaa',
  warning: '#e0953a',
  warningSubdued: '#44290a',
  warningText: '#f5b866',
  negative: '#ef6b6b',
  negativeSubdued: '#471a1c',
  negativeText: '#fcadad',
  announcement: '#5b9bf0',
  announcementSubdued: '#172f52',
  announcementText: '#93c3ff',
  nav: '#0f1113',
  navText: '#c3c7cc',
  navOn: '#24282c',
  navMark: '#9cc9ff',
};
