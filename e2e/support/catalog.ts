import { Page, expect } from '@playwright/test';
import { portal } from './portal';
import { open } from './signIn';

/** Long enough for the catalog to read a file that it was asked to read. */
const READ_MS = 180_000;

/** The catalog, worked by an admin who is signed in on a page. */
export async function catalogOf(admin: Page) {
  const asked = admin.waitForRequest(
    request =>
      request.url().includes('/api/') &&
      request.headers().authorization !== undefined,
  );
  await open(admin, '/models');
  const { authorization } = (await asked).headers();

  const ask = (path: string, method = 'GET', body?: unknown) =>
    fetch(`${portal().portalUrl}/api/catalog${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  const find = async (entityRef: string): Promise<string | undefined> => {
    const answer = await ask(
      `/entities/by-name/${entityRef.replace(':', '/')}`,
    );
    return answer.ok ? (await answer.json()).metadata.uid : undefined;
  };

  return {
    /** Takes an entity out of the catalog; nothing if it is not there. */
    async forget(entityRef: string): Promise<void> {
      const uid = await find(entityRef);
      if (uid) {
        await ask(`/entities/by-uid/${uid}`, 'DELETE');
      }
    },

    /** Has all locations read again, until the entity is there. */
    async readAgain(entityRef: string): Promise<void> {
      const locations = await ask('/entities?filter=kind=location');
      for (const { metadata } of await locations.json()) {
        await ask('/refresh', 'POST', {
          entityRef: `location:${metadata.namespace}/${metadata.name}`,
        });
      }
      await expect
        .poll(() => find(entityRef), { timeout: READ_MS })
        .toBeDefined();
    },
  };
}
