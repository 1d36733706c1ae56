/**
 * A duration as kubectl prints it: `45s`, `3m12s`, `2h5m`, `3d4h`, `200d`, `2y30d` (`duration.HumanDuration` of apimachinery): two units at
 * most, the finer one only while it says something. Whole seconds towards zero, so that clocks may differ by a second.
 */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return twoUnits(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return twoUnits(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 192) return twoUnits(days, 'd', hours % 24, 'h');
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = Math.floor(days / 365);
  if (hours < 24 * 365 * 8) return twoUnits(years, 'y', days % 365, 'd');
  return `${years}y`;
}

function twoUnits(
  large: number,
  largeUnit: string,
  small: number,
  smallUnit: string,
): string {
  return small === 0
    ? `${large}${largeUnit}`
    : `${large}${largeUnit}${small}${smallUnit}`;
}
