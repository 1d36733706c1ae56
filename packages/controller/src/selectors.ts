/** Decides whether labels match; made by {@link parseLabelSelector}. */
export type LabelMatcher = (
  labels: Record<string, string> | undefined,
) => boolean;

const SET_BASED = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/;
const EQUALITY = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/;

/**
 * A label selector as in `kubectl -l`: `a=b`, `a!=b`, `a in (b, c)`, `a notin (b)`, `a`, `!a`, joined by commas.
 *
 * @throws Error when it can't be parsed.
 */
export function parseLabelSelector(selector: string): LabelMatcher {
  const requirements = selector
    .split(/,(?![^(]*\))/)
    .map(part => part.trim())
    .filter(part => part !== '')
    .map(part => parseRequirement(part, selector));
  return labels => requirements.every(matches => matches(labels ?? {}));
}

function parseRequirement(
  part: string,
  selector: string,
): (labels: Record<string, string>) => boolean {
  const set = SET_BASED.exec(part);
  if (set) {
    const [, name, operator, list] = set;
    const values = new Set(list.split(',').map(value => value.trim()));
    return operator === 'in'
      ? labels => labels[name] !== undefined && values.has(labels[name])
      : labels => labels[name] === undefined || !values.has(labels[name]);
  }
  const equality = EQUALITY.exec(part);
  if (equality) {
    const [, name, operator, value] = equality;
    return operator === '!='
      ? labels => labels[name] !== value
      : labels => labels[name] === value;
  }
  if (/^!?[^\s!=(),]+$/.test(part)) {
    return part.startsWith('!')
      ? labels => labels[part.slice(1)] === undefined
      : labels => labels[part] !== undefined;
  }
  throw new Error(
    `label selector "${selector}": can't read "${part}"; expected e.g. app=web or tier in (a, b)`,
  );
}
