const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN =
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME_PART = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const tooLong = (limit: number): string =>
  `must be no more than ${limit} characters`;

/** What is wrong with an RFC 1123 label, in the server's words. */
export function checkLabel(name: string): string | undefined {
  if (name.length > 63) return tooLong(63);
  if (LABEL.test(name)) return undefined;
  return "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
}

/** What is wrong with an RFC 1123 subdomain, in the server's words. */
export function checkSubdomain(name: string): string | undefined {
  if (name.length > 253) return tooLong(253);
  if (SUBDOMAIN.test(name)) return undefined;
  return "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
}

const NAME_PART_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/** What is wrong with a qualified name (a label or annotation key), in the server's words. */
export function checkQualifiedName(key: string): string[] {
  const parts = key.split('/');
  if (parts.length > 2) {
    return [
      `a valid label key ${NAME_PART_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const problems: string[] = [];
  if (parts.length === 2) {
    if (parts[0] === '') problems.push('prefix part must be non-empty');
    else {
      const problem = checkSubdomain(parts[0]);
      if (problem) problems.push(`prefix part ${problem}`);
    }
  }
  const name = parts[parts.length - 1];
  if (name === '') problems.push('name part must be non-empty');
  else if (name.length > 63) problems.push(`name part ${tooLong(63)}`);
  if (!NAME_PART.test(name)) problems.push(`name part ${NAME_PART_RULE}`);
  return problems;
}

/** What is wrong with a label's value, in the server's words. */
export function checkLabelValue(value: string): string | undefined {
  if (value.length > 63) return tooLong(63);
  if (LABEL_VALUE.test(value)) return undefined;
  return "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
}

const SUFFIX = 'bcdfghjklmnpqrstvwxz2456789';

/** A name from `generateName`: five characters of the alphabet that the real server uses. */
export function generateName(prefix: string): string {
  let suffix = '';
  for (let i = 0; i < 5; i++)
    suffix += SUFFIX[Math.floor(Math.random() * SUFFIX.length)];
  return prefix.slice(0, 58) + suffix;
}
