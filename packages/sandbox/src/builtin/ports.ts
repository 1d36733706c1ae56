import { FieldError } from '../api/seams';
import { invalid } from '../schema/fieldErrors';

/** Transport protocols of ports, as the server lists them. */
export const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

/** What is wrong with the number of a port (`IsValidPortNum`). */
export function portNumberErrors(number: unknown, at: string): FieldError[] {
  return typeof number === 'number' && number >= 1 && number <= 65535
    ? []
    : [invalid(at, number, 'must be between 1 and 65535, inclusive')];
}

/** What is wrong with the name of a container's port (`IsValidPortName`): IANA service names. */
export function portNameErrors(name: string, at: string): FieldError[] {
  const problems: [boolean, string][] = [
    [name.length > 15, 'must be no more than 15 characters'],
    [
      !/^[-a-z0-9]+$/.test(name),
      'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
    ],
    [!/[a-z]/.test(name), 'must contain at least one letter (a-z)'],
    [name.includes('--'), 'must not contain consecutive hyphens'],
    [/^-|-$/.test(name), 'must not begin or end with a hyphen'],
  ];
  return problems
    .filter(([wrong]) => wrong)
    .map(([, problem]) => invalid(at, name, problem));
}

/** What is wrong with a port that is given by number or by name (`ValidatePortNumOrName`). */
export function portErrors(port: unknown, at: string): FieldError[] {
  return typeof port === 'string'
    ? portNameErrors(port, at)
    : portNumberErrors(port ?? 0, at);
}
