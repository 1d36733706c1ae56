/** Tokens as the provider answers them. */
export interface TokenAnswer {
  accessToken: string;
  refreshToken?: string;
  expiresInSeconds: number;
}

/**
 * Gets a token for somebody with their password, as a script would (`grant_type=password`).
 *
 * @throws Error with what the provider answered, when it refuses.
 */
export async function requestToken(
  issuer: string,
  username: string,
  password: string = username,
  clientId: string = 'slipway-cli',
): Promise<TokenAnswer> {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'password',
      client_id: clientId,
      username,
      password,
    }),
  });
  const answer = await response.json();
  if (!response.ok) {
    throw new Error(
      `${issuer} gave ${username} no token: ${
        answer.error_description ?? answer.error
      }. Check name and password.`,
    );
  }
  return {
    accessToken: answer.access_token,
    refreshToken: answer.refresh_token,
    expiresInSeconds: answer.expires_in,
  };
}
