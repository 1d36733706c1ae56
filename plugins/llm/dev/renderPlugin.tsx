import axe from 'axe-core';
import { renderTestApp } from '@backstage/frontend-test-utils';
import { fetchApiRef } from '@backstage/frontend-plugin-api';
import { signalApiRef } from '@backstage/plugin-signals-react';
import { entityRouteRef } from '@backstage/plugin-catalog-react';
import llmPlugin from '../src';
import { FakeBackend } from './FakeBackend';
import { fakeFetchApi, fakeSignalApi } from './fakeBackendModule';

/** The whole plugin with its real client, at an address, on a fake backend. */
export function renderPlugin(backend: FakeBackend, address: string) {
  return renderTestApp({
    features: [llmPlugin],
    apis: [
      [fetchApiRef, fakeFetchApi(backend)],
      [signalApiRef, fakeSignalApi(backend)],
    ],
    mountedRoutes: { '/catalog/:namespace/:kind/:name': entityRouteRef },
    initialRouteEntries: [address],
  });
}

/** Violations of accessibility rules in the document, in words. Colours are checked in a browser: jsdom has none. */
export async function accessibilityProblems(): Promise<string[]> {
  const { violations } = await axe.run(document.body, {
    rules: { 'color-contrast': { enabled: false }, region: { enabled: false } },
  });
  return violations.map(
    violation =>
      `${violation.id}: ${violation.help}: ${violation.nodes
        .map(node => node.html)
        .join(' ')}`,
  );
}
