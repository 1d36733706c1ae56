import type { CheckAnswer } from './types';

/** A refusal in the shape of OpenAI's errors (`error.message`, `type`, `param`, `code`), which its clients know how to read. */
export function refuse(
  status: number,
  error: { code: string; message: string; type?: string },
  headers: Record<string, string> = {},
): CheckAnswer {
  return json(
    status,
    {
      error: {
        message: error.message,
        type: error.type ?? 'invalid_request_error',
        param: null,
        code: error.code,
      },
    },
    headers,
  );
}

/** An answer that is given at once, as JSON. */
export function json(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): CheckAnswer {
  return {
    pass: false,
    status,
    headers: {
      'content-type': 'application/json',
      // What one caller may see is not for the next one.
      'cache-control': 'no-store',
      ...headers,
    },
    body: JSON.stringify(body),
  };
}

const CHALLENGE = { 'www-authenticate': 'Bearer' };

/** 401: no credential was shown. */
export const missingCredential = refuse(
  401,
  {
    code: 'missing_api_key',
    message:
      'No API key was sent. Send one as "Authorization: Bearer <key>". The portal shows your keys on its Access page.',
  },
  CHALLENGE,
);

/** 401: unknown, expired and revoked keys are told alike. */
export const invalidKey = refuse(
  401,
  {
    code: 'invalid_api_key',
    message:
      'This API key is not known, has expired or was revoked. Get another one on the Access page of the portal.',
  },
  CHALLENGE,
);

/** 401: a token that does not hold, whatever is wrong with it. */
export const invalidToken = refuse(
  401,
  {
    code: 'invalid_token',
    message:
      'This token is not valid here: it must be signed by the identity provider of this platform for its models, and must not have expired. Get a new one.',
  },
  { 'www-authenticate': 'Bearer error="invalid_token"' },
);

/** 401: the token is good, but nobody knows its user: she left, or was never here. */
export const unknownUser = refuse(
  401,
  {
    code: 'unknown_user',
    message:
      'The user of this token is not a member of this platform. Ask who looks after the portal.',
  },
  CHALLENGE,
);

/** 403: the kill switch. */
export function blocked(what: 'user' | 'tenant' | 'model'): CheckAnswer {
  return refuse(403, {
    code: `${what}_blocked`,
    message: `An administrator has blocked this ${what}. Ask who looks after the portal.`,
  });
}

/** 403: the tenant of the key is suspended. */
export const tenantSuspended = refuse(403, {
  code: 'tenant_suspended',
  message:
    'The tenant is suspended, so its keys rest. They work again when it is active. Ask its owners.',
});

/** 403: the caller belongs to no tenant, or the tenant of the key is gone. */
export const noTenant = refuse(403, {
  code: 'no_tenant',
  message:
    'You belong to no tenant, so nothing can be called on its behalf. Ask the owners of a tenant to add you to one of its groups.',
});

/** 403: a token does not say which of several tenants is meant. */
export const tenantAmbiguous = refuse(403, {
  code: 'tenant_ambiguous',
  message:
    'You belong to several tenants, and a token does not say which one this is for. Use a key: each belongs to one tenant.',
});

/** 404: a model that does not exist, is hidden, or is not granted: all alike. */
export function modelNotFound(modelId: string): CheckAnswer {
  const shown = modelId.length > 200 ? `${modelId.slice(0, 200)}…` : modelId;
  return refuse(404, {
    code: 'model_not_found',
    message: `The model '${shown}' does not exist or you do not have access to it.`,
  });
}

/** 404: nothing is served under this path or host. */
export const unknownUrl = refuse(404, {
  code: 'unknown_url',
  message: 'Nothing is served at this address.',
});

/** 405. */
export function wrongMethod(allowed: string): CheckAnswer {
  return refuse(
    405,
    { code: 'method_not_allowed', message: `Use ${allowed}.` },
    { allow: allowed },
  );
}

/** 400 and 415: the model can't be read from the body. */
export const unreadable: Record<
  'encoding' | 'media-type' | 'no-model',
  CheckAnswer
> = {
  encoding: refuse(415, {
    code: 'unsupported_encoding',
    message:
      'Bodies are read in UTF-8 and without content-encoding. Send it uncompressed.',
  }),
  'media-type': refuse(415, {
    code: 'unsupported_media_type',
    message:
      'Send application/json, or multipart/form-data for transcriptions and translations.',
  }),
  'no-model': refuse(400, {
    code: 'missing_model',
    message: 'The body names no model: it must be JSON with a field "model".',
  }),
};

/** 503: the caller may call the model, but it does not serve yet, or not now. */
export function modelNotReady(
  modelId: string,
  retryAfterS: number,
): CheckAnswer {
  return refuse(
    503,
    {
      code: 'model_not_ready',
      type: 'server_error',
      message: `The model '${modelId}' is not ready. Its page in the portal says what it waits for.`,
    },
    { 'retry-after': String(retryAfterS) },
  );
}

/** 503: nobody can be let through, because it is not known any more who may call what. */
export function cannotTell(retryAfterS: number): CheckAnswer {
  return refuse(
    503,
    {
      code: 'authorization_unavailable',
      type: 'server_error',
      message:
        'It can not be told now who may call which model. Try again later.',
    },
    { 'retry-after': String(retryAfterS) },
  );
}
