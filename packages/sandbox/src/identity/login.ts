import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import { loginPage, page } from './pages';
import { passwordMatches, type Persona } from './personas';

/** Longest form that the login page accepts, in bytes. */
const maxFormBytes = 16 * 1024;

/** Path of the login page; `oidc-provider` sends the browser here with the id of what it was asked. */
export const interactionPath = (uid: string) => `/interaction/${uid}`;

/** True if the request is for the login page. */
export function isInteraction(request: IncomingMessage): boolean {
  return request.url?.startsWith('/interaction/') ?? false;
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > maxFormBytes) {
      throw new Error(`The login form is larger than ${maxFormBytes} bytes.`);
    }
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

function sendPage(
  response: ServerResponse,
  status: number,
  html: string,
): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(html);
}

/**
 * Answers the login page: shows it, checks what is posted, and hands the result to the provider, which sends the browser on. Who asks
 * for consent gets it at once, because all clients are the platform's own.
 */
export async function handleInteraction(
  provider: Provider,
  personas: readonly Persona[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let interaction;
  try {
    interaction = await provider.interactionDetails(request, response);
  } catch {
    const text =
      '<h1>This sign-in has ended</h1><p>It took too long, or was finished elsewhere. Go back and sign in again.</p>';
    sendPage(response, 400, page('Sign-in ended', text));
    return;
  }
  if (interaction.prompt.name === 'consent') {
    await provider.interactionFinished(request, response, { consent: {} });
    return;
  }

  const { params } = interaction;
  const client = await provider.Client.find(String(params.client_id));
  const render = (status: number, username?: string, error?: string) =>
    sendPage(
      response,
      status,
      loginPage({
        action: interactionPath(interaction.uid),
        clientName: client?.clientName ?? 'Slipway',
        personas,
        username,
        error,
      }),
    );
  if (request.method !== 'POST') {
    render(
      200,
      typeof params.login_hint === 'string' ? params.login_hint : undefined,
    );
    return;
  }
  const form = await readForm(request);
  const username = form.get('username') ?? undefined;
  const persona = personas.find(candidate => candidate.username === username);
  if (!persona || !passwordMatches(persona, form.get('password') ?? '')) {
    render(
      401,
      username,
      'That person and that password do not belong together. Try again.',
    );
    return;
  }
  await provider.interactionFinished(request, response, {
    login: { accountId: persona.username, remember: false },
  });
}
