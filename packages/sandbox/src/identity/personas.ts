/** Somebody who can sign in to the sandbox. The password is the username unless said otherwise. */
export interface Persona {
  /** Subject and login name: `sub` and `preferred_username`. */
  username: string;
  name: string;
  email: string;
  /** Values of the `groups` claim, as the identity provider sends them. */
  groups: string[];
  /** One line for the login page: what this person is here for. */
  role: string;
  password?: string;
}

/** The people of the sandbox: one for each side of the product that looks different. */
export const defaultPersonas: readonly Persona[] = [
  {
    username: 'mara',
    name: 'Mara Lindqvist',
    email: 'mara@slipway.localhost',
    groups: ['developers', 'llm'],
    role: 'Developer: finds models and calls them',
  },
  {
    username: 'jonas',
    name: 'Jonas Weber',
    email: 'jonas@slipway.localhost',
    groups: ['research', 'research-leads', 'developers'],
    role: 'Team lead of research: brings models and people together',
  },
  {
    username: 'priya',
    name: 'Priya Raman',
    email: 'priya@slipway.localhost',
    groups: ['platform-admins'],
    role: 'Platform admin: sees and runs everything',
  },
  {
    username: 'otto',
    name: 'Otto Brandt',
    email: 'otto@slipway.localhost',
    groups: ['contractors'],
    role: 'Outsider: must not see what is not his',
  },
];

/** True if this is the person's password. */
export function passwordMatches(persona: Persona, password: string): boolean {
  return password === (persona.password ?? persona.username);
}
