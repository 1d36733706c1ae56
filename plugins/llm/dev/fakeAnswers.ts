/** An HTTP answer. */
export interface FakeAnswer {
  status: number;
  contentType: string;
  body: string;
}

/** An answer in JSON. */
export function json(value: unknown, status = 200): FakeAnswer {
  return {
    status,
    contentType: 'application/json',
    body: JSON.stringify(value),
  };
}

/** An error as Backstage backends tell it. */
export function failure(
  status: number,
  message: string,
  name = status === 404 ? 'NotFoundError' : 'Error',
): FakeAnswer {
  return json(
    {
      error: { name, message },
      request: { method: 'GET', url: '' },
      response: { statusCode: status },
    },
    status,
  );
}

/** An answer in text. */
export function text(body: string, contentType = 'text/plain'): FakeAnswer {
  return { status: 200, contentType, body };
}
