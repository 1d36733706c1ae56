import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Palette, darkPalette, lightPalette } from './palette';

const css = readFileSync(path.join(__dirname, 'tokens.css'), 'utf8');

/** The plain values of the tokens of one theme. */
function tokensOf(mode: 'light' | 'dark'): Map<string, string> {
  const block = new RegExp(
    `\\[data-theme-mode='${mode}'\\] \\{([^}]*)\\}`,
  ).exec(css)?.[1];
  return new Map(
    [...(block ?? '').matchAll(/(--[\w-]+):\s*(#[0-9a-f]{6})/g)].map(
      ([, name, value]) => [name, value],
    ),
  );
}

function luminance(color: string): number {
  const [red, green, blue] = [1, 3, 5].map(start => {
    const value = parseInt(color.slice(start, start + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast of two colours as WCAG 2.2 defines it. */
function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort(
    (a, b) => b - a,
  );
  return (light + 0.05) / (dark + 0.05);
}

const sameAs: Record<string, keyof Palette> = {
  '--bui-bg-app': 'app',
  '--bui-bg-neutral-1': 'surface',
  '--bui-bg-neutral-2': 'hover',
  '--bui-bg-neutral-3': 'raised',
  '--bui-fg-primary': 'text',
  '--bui-fg-secondary': 'textSecondary',
  '--bui-fg-disabled': 'textDisabled',
  '--bui-border-1': 'line',
  '--bui-border-2': 'control',
  '--bui-accent-bg': 'accent',
  '--bui-accent-bg-hover': 'accentHover',
  '--bui-accent-fg': 'accentText',
  '--sw-link': 'link',
  '--bui-positive-bg': 'positive',
  '--bui-positive-fg-subdued': 'positiveText',
  '--bui-warning-bg': 'warning',
  '--bui-warning-fg-subdued': 'warningText',
  '--bui-negative-bg': 'negative',
  '--bui-negative-fg-subdued': 'negativeText',
  '--bui-announcement-bg': 'announcement',
  '--bui-announcement-fg-subdued': 'announcementText',
  '--sw-nav': 'nav',
  '--sw-nav-fg': 'navText',
  '--sw-nav-on': 'navOn',
  '--sw-nav-mark': 'navMark',
};

describe.each([
  ['light', lightPalette],
  ['dark', darkPalette],
] as const)('the %s theme', (mode, palette) => {
  const tokens = tokensOf(mode);
  const value = (name: string) => {
    const color = tokens.get(name);
    if (!color) {
      throw new Error(`tokens.css has no ${name} for ${mode}`);
    }
    return color;
  };

  it('has the same colours for Backstage UI and Material UI', () => {
    for (const [token, name] of Object.entries(sameAs)) {
      expect(`${token} ${value(token)}`).toBe(`${token} ${palette[name]}`);
    }
  });

  it('has text of 4.5:1 on everything that it stands on', () => {
    const grounds = [
      '--bui-bg-app',
      '--bui-bg-neutral-1',
      '--bui-bg-neutral-2',
      '--bui-bg-neutral-3',
    ];
    const pairs = [
      ...grounds.flatMap(ground => [
        ['--bui-fg-primary', ground],
        ['--bui-fg-secondary', ground],
      ]),
      ['--sw-link', '--bui-bg-app'],
      ['--sw-link', '--bui-bg-neutral-1'],
      ['--sw-link', '--bui-bg-neutral-2'],
      ['--bui-accent-fg', '--bui-accent-bg'],
      ['--bui-accent-fg', '--bui-accent-bg-hover'],
      ['--sw-chip-fg', '--sw-chip'],
      ['--bui-fg-primary', '--sw-code'],
      ['--sw-nav-fg', '--sw-nav'],
      ['--sw-nav-fg', '--sw-nav-on'],
      ['--sw-nav-fg-secondary', '--sw-nav'],
      ...['positive', 'warning', 'negative', 'announcement'].flatMap(tone => [
        [`--bui-${tone}-fg-subdued`, `--bui-${tone}-bg-subdued`],
        [`--bui-${tone}-fg-subdued`, '--bui-bg-neutral-1'],
        ['--bui-fg-primary', `--bui-${tone}-bg-subdued`],
      ]),
    ];
    const tooFaint = pairs.filter(
      ([text, ground]) => contrast(value(text), value(ground)) < 4.5,
    );
    expect(tooFaint).toEqual([]);
  });

  it('has controls and meaningful lines of 3:1', () => {
    for (const line of [
      '--bui-border-2',
      '--bui-ring',
      '--bui-positive-bg',
      '--bui-announcement-bg',
    ]) {
      expect(
        contrast(value(line), value('--bui-bg-neutral-1')),
      ).toBeGreaterThanOrEqual(3);
    }
  });
});
