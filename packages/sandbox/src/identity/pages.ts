import type { Persona } from './personas';

const style = `
:root { color-scheme: light dark; --ink: #16202b; --soft: #5a6673; --line: #d5dbe1; --ground: #f3f5f7; --card: #fff; --accent: #0b5cad; --bad: #a4262c; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8edf2; --soft: #a5b0bb; --line: #3a4550; --ground: #12181e; --card: #1b232b; --accent: #6fb1f2; --bad: #ff9a9f; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px; background: var(--ground); color: var(--ink);
  font: 16px/1.45 system-ui, sans-serif; }
main { width: min(440px, 100%); background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 28px; }
h1 { font-size: 1.35rem; margin: 0 0 4px; }
p { margin: 0 0 16px; color: var(--soft); }
fieldset { border: 0; margin: 0 0 16px; padding: 0; display: grid; gap: 8px; }
legend, label.field { font-weight: 600; padding: 0; margin-bottom: 6px; display: block; }
.persona { display: grid; grid-template-columns: auto 1fr; gap: 0 12px; align-items: center; padding: 10px 14px; border: 1px solid var(--line);
  border-radius: 8px; cursor: pointer; }
.persona:has(:checked) { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.persona input { grid-row: 1 / 3; width: 18px; height: 18px; accent-color: var(--accent); }
.persona small { color: var(--soft); grid-column: 2; }
input[type=password], input[type=text] { width: 100%; padding: 10px 12px; font: inherit; color: inherit; background: transparent;
  border: 1px solid var(--line); border-radius: 8px; }
button { width: 100%; margin-top: 16px; padding: 11px; font: inherit; font-weight: 600; color: var(--card); background: var(--accent); border: 0;
  border-radius: 8px; cursor: pointer; }
button.quiet { color: var(--soft); background: none; font-weight: 400; margin-top: 4px; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
code { font-size: 1.6rem; letter-spacing: .08em; }
.bad { color: var(--bad); }
`;

/** Text made safe for HTML, attributes included. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}

/** A page of the provider. `body` is HTML. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body><main>${body}</main></body>
</html>`;
}

function personaChoice(persona: Persona, chosen: boolean): string {
  const username = escapeHtml(persona.username);
  return `<label class="persona"><input type="radio" name="username" value="${username}" required${
    chosen ? ' checked' : ''
  }>
<span>${escapeHtml(persona.name)}</span><small>${escapeHtml(
    persona.role,
  )}</small></label>`;
}

/** The form on which a persona is chosen. It works without scripts; with them, choosing also fills in a password that is the name. */
export function loginPage(options: {
  action: string;
  clientName: string;
  personas: readonly Persona[];
  /** Chosen beforehand: `login_hint`, or what was sent last. */
  username?: string;
  error?: string;
}): string {
  const { action, clientName, personas, username, error } = options;
  const sameAsName = personas
    .filter(persona => persona.password === undefined)
    .map(persona => persona.username);
  return page(
    `Sign in to ${clientName}`,
    `<h1>Sign in to ${escapeHtml(clientName)}</h1>
<p>These people exist only in the sandbox. Unless you changed it, the password is the first name in lower case.</p>
${error ? `<p class="bad" role="alert">${escapeHtml(error)}</p>` : ''}
<form method="post" action="${escapeHtml(action)}">
<fieldset><legend>Who are you?</legend>
${personas
  .map(persona => personaChoice(persona, persona.username === username))
  .join('\n')}
</fieldset>
<label class="field" for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit">Sign in</button>
</form>
<script>
const known = ${JSON.stringify(sameAsName).replace(/</g, '\\u003c')};
const password = document.getElementById('password');
const fill = choice => { if (known.includes(choice.value)) password.value = choice.value; };
for (const choice of document.querySelectorAll('[name=username]')) {
  choice.addEventListener('change', () => fill(choice));
  if (choice.checked) fill(choice);
}
</script>`,
  );
}

/** Asks for the code that a command line shows (RFC 8628 §3.3). `form` is the provider's own form. */
export function deviceCodePage(form: string, error?: string): string {
  return page(
    'Connect a device',
    `<h1>Connect a device</h1>
${
  error
    ? `<p class="bad" role="alert">${escapeHtml(error)}</p>`
    : '<p>Type the code that your command line shows.</p>'
}
${form}<button type="submit" form="op.deviceInputForm">Continue</button>`,
  );
}

/** Shows the code once more and asks whether it is the one. */
export function deviceConfirmPage(
  form: string,
  clientName: string,
  userCode: string,
): string {
  return page(
    'Connect a device',
    `<h1>Connect ${escapeHtml(clientName)}?</h1>
<p>Your command line should show this code. If it doesn't, or you didn't ask for one, stop here.</p>
<p><code>${escapeHtml(userCode)}</code></p>
${form}<button type="submit" form="op.deviceConfirmForm" autofocus>Continue</button>
<button class="quiet" type="submit" form="op.deviceConfirmForm" value="yes" name="abort">Stop</button>`,
  );
}
