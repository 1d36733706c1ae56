/** What a page answered, after no redirect: the test follows them itself. */
export interface Answer {
  status: number;
  location?: string;
  body: string;
}

/** A browser without a window: keeps cookies by name, follows redirects within one origin, posts the form on a page. */
export class TestBrowser {
  private readonly cookies = new Map<string, string>();

  async request(url: string, form?: Record<string, string>): Promise<Answer> {
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      body: form && new URLSearchParams(form),
      redirect: 'manual',
      headers: {
        accept: 'text/html',
        cookie: [...this.cookies]
          .map(([name, value]) => `${name}=${value}`)
          .join('; '),
      },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.cookies.set(name, value);
    }
    return {
      status: response.status,
      location: response.headers.get('location') ?? undefined,
      body: await response.text(),
    };
  }

  /** Goes on until a page is shown or the browser would leave `origin`; `url` is where it stands then. */
  async visit(
    url: string,
    form?: Record<string, string>,
  ): Promise<Answer & { url: string }> {
    const { origin } = new URL(url);
    let at = url;
    let answer = await this.request(at, form);
    while (answer.location) {
      at = new URL(answer.location, at).href;
      if (new URL(at).origin !== origin) {
        return { ...answer, url: at };
      }
      answer = await this.request(at);
    }
    return { ...answer, url: at };
  }
}

/** Target and hidden fields of the first form on a page. */
export function formOf(page: { body: string; url: string }): {
  action: string;
  fields: Record<string, string>;
} {
  const [, action] = /<form[^>]*action="([^"]+)"/.exec(page.body) ?? [];
  const hidden = page.body.matchAll(
    /<input type="hidden" name="([^"]+)" value="([^"]*)"/g,
  );
  return {
    action: new URL(action, page.url).href,
    fields: Object.fromEntries([...hidden].map(([, n, v]) => [n, v])),
  };
}
