/** A duration in words: `1 hour and 30 minutes`. */
export function durationInWords(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [
    amount(Math.floor(whole / 3600), 'hour'),
    amount(Math.floor((whole % 3600) / 60), 'minute'),
    amount(whole % 60, 'second'),
  ].filter((part) => part !== '');
  if (parts.length === 0) return '0 seconds';
  const last = parts.pop() ?? '';
  return parts.length === 0 ? last : `${parts.join(', ')} and ${last}`;
}

function amount(count: number, unit: string): string {
  return count === 0 ? '' : `${count} ${unit}${count === 1 ? '' : 's'}`;
}
