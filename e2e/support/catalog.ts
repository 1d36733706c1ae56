import { readFileSync, writeFileSync } from 'node:fs';
import { Page, expect } from '@playwright/test';
import { parseAllDocuments } from 'yaml';
import { portal } from './portal';
import { open } from './signIn';

/** Long enough for the catalog to read a file that it was asked to read, and to clean up what is no longer in it. */
const READ_MS = 120_000;

/** The catalog, worked by an admin who is signed in on a page. */
export async function catalogOf(admin: Page) {
  const asked = admin.waitForRequest(
    request =>
      request.url().includes('/api/') &&
      request.headers().authorization !== undefined,
  );
  await open(admin, '/models');
  const { authorization } = (await asked).headers();
  const { peopleFile, portalUrl } = portal();
  const everybody = readFileSync(peopleFile, 'utf8');

  const ask = (path: string, method = 'GET', body?: unknown) =>
    fetch(`${portalUrl}/api/catalog${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  const statusOf = async (user: string): Promise<number> =>
    (await ask(`/entities/by-name/user/default/${user}`)).status;

  const read = async (people: string, user: string, status: number) => {
    writeFileSync(peopleFile, people);
    const locations = await ask('/entities?filter=kind=location');
    for (const { metadata } of await locations.json()) {
      await ask('/refresh', 'POST', {
        entityRef: `location:${metadata.namespace}/${metadata.name}`,
      });
    }
    await expect.poll(() => statusOf(user), { timeout: READ_MS }).toBe(status);
  };

  return {
    /** Takes a user out of the organization, until she is gone from the catalog. */
    leave: (user: string) =>
      read(
        parseAllDocuments(everybody)
          .filter(
            document =>
              document.get('kind') !== 'User' ||
              document.getIn(['metadata', 'name']) !== user,
          )
          .map(String)
          .join('---\n'),
        user,
        404,
      ),

    /** Has everybody back, until the user is in the catalog again. */
    comeBack: (user: string) => read(everybody, user, 200),
  };
}
