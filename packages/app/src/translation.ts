import { createTranslationRef } from '@backstage/frontend-plugin-api';

/** All words of the app's own parts: shell, sign-in and home. */
export const appTranslationRef = createTranslationRef({
  id: 'app.slipway',
  messages: {
    shell: {
      skip: 'Skip to content',
      main: 'Main',
      modelsAndGpus: 'Models and GPUs',
      home: 'Home',
      search: 'Search',
      catalog: 'Catalog',
      docs: 'Docs',
      create: 'Create',
      notifications: 'Notifications',
      settings: 'Settings',
      waiting_one: '{{number}} waits for you',
      waiting_other: '{{number}} wait for you',
      account: 'Your account: {{name}}',
    },
    signIn: {
      heading: 'Sign in to Slipway',
      lead: 'Find a model, see when you can call it, and call it.',
      button: 'Sign in',
      busy: 'Waiting for the sign-in window',
      hint: 'A window of your organization’s sign-in opens.',
      failedTitle: 'You are not signed in',
      popupClosed: 'The sign-in window was closed before it was done.',
      unknownUser:
        'Your account is known, but the catalog has no user for it. A platform admin can add you.',
      failed: 'The portal could not sign you in: {{message}}',
      checking: 'Looking for your session',
    },
    notFound: {
      header: 'Not found',
      title: 'There is nothing at this address',
      text: 'It may be old, or mistyped.',
      home: 'Go to Home',
    },
    home: {
      morning: 'Good morning, {{name}}',
      afternoon: 'Good afternoon, {{name}}',
      evening: 'Good evening, {{name}}',
      next: 'What to do next',
      callTitle: 'Call a model',
      callText:
        'The list says which you may call now, and what to do for the others.',
      callButton: 'See models',
      findTitle: 'Find a team, a service or an API',
      findText: 'The catalog has every model as an API, with its owner.',
      findButton: 'Open the catalog',
      learnTitle: 'Read how it works',
      learnText: 'Phases, endpoints, tokens, and what each error means.',
      learnButton: 'Open the docs',
    },
  },
});
