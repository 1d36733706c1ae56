import axe from 'axe-core';
import type { Entity } from '@backstage/catalog-model';
import { mockApis, renderTestApp } from '@backstage/frontend-test-utils';
import { fetchApiRef, identityApiRef } from '@backstage/frontend-plugin-api';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { permissionApiRef } from '@backstage/plugin-permission-react';
import { signalApiRef } from '@backstage/plugin-signals-react';
import { catalogApiRef, entityRouteRef } from '@backstage/plugin-catalog-react';
import { catalogApiMock } from '@backstage/plugin-catalog-react/testUtils';
import llmPlugin from '../src';
import { FakeBackend } from './FakeBackend';
import { fakeFetchApi, fakeSignalApi } from './fakeBackendModule';

/** Who looks at the pages. */
export interface FakePerson {
  /** Groups that she is in, as entity refs. */
  groups?: string[];
  /** Names of the permissions that she has; those of everybody if absent. */
  permissions?: string[];
  /** Why nobody says what she may do, while there is a reason. */
  permissionFailure?: () => Error | undefined;
  /** What the catalog has; there is none if absent. */
  catalog?: Entity[];
}

/** The whole plugin with its real client, at an address, on a fake backend. */
export function renderPlugin(
  backend: FakeBackend,
  address: string,
  person: FakePerson = {},
) {
  const {
    groups = [],
    permissions = ['llm.access.use', 'llm.request.approve'],
    permissionFailure,
    catalog,
  } = person;
  const { me } = backend.access;
  return renderTestApp({
    features: [llmPlugin],
    apis: [
      [fetchApiRef, fakeFetchApi(backend)],
      [signalApiRef, fakeSignalApi(backend)],
      [
        identityApiRef,
        mockApis.identity({
          userEntityRef: me,
          ownershipEntityRefs: [me, ...groups],
        }),
      ],
      ...(catalog
        ? ([[catalogApiRef, catalogApiMock({ entities: catalog })]] as const)
        : []),
      [
        permissionApiRef,
        mockApis.permission({
          authorize: ({ permission }) => {
            const failure = permissionFailure?.();
            if (failure) {
              throw failure;
            }
            return permissions.includes(permission.name)
              ? AuthorizeResult.ALLOW
              : AuthorizeResult.DENY;
          },
        }),
      ],
    ],
    mountedRoutes: { '/catalog/:namespace/:kind/:name': entityRouteRef },
    initialRouteEntries: [address],
  });
}

/** Violations of accessibility rules in the document, in words. Colours are checked in a browser: jsdom has none. */
export async function accessibilityProblems(): Promise<string[]> {
  // Backstage UI says there for some seconds what happened to a button that may be gone by now.
  const context = {
    include: [document.body],
    exclude: [['[data-live-announcer]']],
  };
  const { violations } = await axe.run(context, {
    rules: { 'color-contrast': { enabled: false }, region: { enabled: false } },
  });
  return violations.map(
    violation =>
      `${violation.id}: ${violation.help}: ${violation.nodes
        .map(node => node.html)
        .join(' ')}`,
  );
}
