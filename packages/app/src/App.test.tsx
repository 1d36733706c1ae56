import { render, screen, waitFor, within } from '@testing-library/react';
import { fireEvent } from '@testing-library/dom';
import App from './App';

const config = {
  app: { title: 'Slipway', baseUrl: 'http://localhost' },
  backend: { baseUrl: 'http://localhost:7007' },
  auth: { environment: 'development' },
};

function answer(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json' },
  });
}

const token = [
  { alg: 'none' },
  { sub: 'user:default/mara', exp: 4_000_000_000, iat: 1 },
  {},
]
  .map(part => Buffer.from(JSON.stringify(part)).toString('base64url'))
  .join('.');

const session = {
  profile: { displayName: 'Mara Lindqvist', email: 'mara@example.com' },
  providerInfo: { accessToken: 'x', scope: 'openid', expiresInSeconds: 3600 },
  backstageIdentity: {
    token,
    expiresInSeconds: 3600,
    identity: {
      type: 'user',
      userEntityRef: 'user:default/mara',
      ownershipEntityRefs: ['user:default/mara'],
    },
  },
};

describe('the way in', () => {
  const environment = process.env;
  let refresh: () => Response;

  beforeEach(() => {
    window.history.replaceState({}, '', '/');
    // Real environments hold strings only; the app reads its configuration from a list here.
    Object.defineProperty(process, 'env', {
      configurable: true,
      value: {
        ...environment,
        APP_CONFIG: [{ context: 'test', data: config }],
      },
    });
    jest.spyOn(global, 'fetch').mockImplementation(async input => {
      const url = String(input instanceof Request ? input.url : input);
      return url.includes('/api/auth/oidc/refresh')
        ? refresh()
        : answer(404, {});
    });
  });

  afterEach(() => {
    Object.defineProperty(process, 'env', {
      configurable: true,
      value: environment,
    });
    jest.restoreAllMocks();
  });

  it('is the organization’s sign-in and nothing else, and opens no window by itself', async () => {
    refresh = () =>
      answer(401, { error: { name: 'AuthenticationError', message: 'no' } });
    const popup = jest.spyOn(window, 'open').mockReturnValue(null);
    render(App.createRoot());

    const button = await screen.findByRole(
      'button',
      { name: 'Sign in' },
      { timeout: 30_000 },
    );
    expect(
      screen.getByRole('heading', { name: 'Sign in to Slipway' }),
    ).toBeVisible();
    expect(screen.getAllByRole('button')).toEqual([button]);
    expect(screen.queryByText(/guest/i)).not.toBeInTheDocument();
    expect(screen.queryByRole('navigation')).not.toBeInTheDocument();
    expect(popup).not.toHaveBeenCalled();

    fireEvent.click(button);
    await waitFor(() => expect(popup).toHaveBeenCalledTimes(1));
    expect(String(popup.mock.calls[0][0])).toContain('/api/auth/oidc/start');
  });

  it('takes up a session that is still there without a click', async () => {
    refresh = () => answer(200, session);
    render(App.createRoot());
    expect(
      await screen.findByRole(
        'link',
        { name: 'Your account: Mara Lindqvist' },
        { timeout: 30_000 },
      ),
    ).toBeVisible();
    expect(screen.getByRole('navigation', { name: 'Main' })).toBeVisible();
    expect(
      screen.getByRole('link', { name: 'Skip to content' }),
    ).toHaveAttribute('href', '#content');
  });

  it('says of an address that leads nowhere that there is nothing, and offers the way back', async () => {
    window.history.replaceState({}, '', '/no/such/page');
    refresh = () => answer(200, session);
    render(App.createRoot());
    expect(
      await screen.findByRole('heading', {
        name: 'There is nothing at this address',
      }),
    ).toBeVisible();
    expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent(
      'Not found',
    );
    expect(
      within(screen.getByRole('main')).getByRole('link', {
        name: 'Go to Home',
      }),
    ).toHaveAttribute('href', '/');
    expect(screen.queryByText(/support/)).not.toBeInTheDocument();
  });
});
