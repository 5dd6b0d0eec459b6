import type { JsonObject, SessionNotice, TokenCounts } from '@antiphon/core';

/** What one response or transcription took, for people: `205 tokens, $0.0107`. */
export function billText({ of, tokens, seconds, usd }: Extract<SessionNotice, { type: 'usage' }>): string {
  const count = sumOf(tokens);
  const parts = [
    ...(count > 0 ? [tokensText(count)] : []),
    ...(seconds === undefined ? [] : [`${seconds} s of sound`]),
    ...(usd === undefined ? [] : [moneyText(usd)]),
  ];
  const what = of === 'response' ? '' : 'writing down: ';
  return `${what}${parts.join(', ')}`;
}

/** What a session took, for people; empty where nothing is known. */
export function usageText(usage: JsonObject): string {
  const { total_tokens: total, input_token_details: read, output_token_details: made, usd } = usage;
  if (typeof total !== 'number' || total === 0)
    return typeof usd === 'number' && usd > 0 ? moneyText(usd) : '';
  const details = [
    detailsText('in', usage['input_tokens'], read),
    detailsText('out', usage['output_tokens'], made),
  ];
  const named = details.filter((text) => text !== '').join('; ');
  const unpriced = usage['unpriced_tokens'];
  const rest = typeof unpriced === 'number' ? ` and ${tokensText(unpriced)} without a price` : '';
  const cost = typeof usd === 'number' && (usd > 0 || rest !== '') ? `, ${moneyText(usd)}${rest}` : '';
  return `${tokensText(total)}${named === '' ? '' : ` (${named})`}${cost}`;
}

/** Cents and less are shown as far as they mean something. */
export function moneyText(usd: number): string {
  return `$${usd >= 1 ? usd.toFixed(2) : usd.toFixed(6).replace(/0{1,4}$/, '')}`;
}

function detailsText(
  direction: string,
  whole: JsonObject[string] | undefined,
  details: JsonObject[string] | undefined,
): string {
  if (typeof whole !== 'number') return '';
  const kinds = ['text', 'audio', 'image', 'cached'].flatMap((kind) => {
    const count = isObject(details) ? details[`${kind}_tokens`] : undefined;
    return typeof count === 'number' && count > 0 ? [`${count} ${kind}`] : [];
  });
  return `${direction} ${whole}${kinds.length === 0 ? '' : `: ${kinds.join(', ')}`}`;
}

function tokensText(count: number): string {
  return `${count} token${count === 1 ? '' : 's'}`;
}

function sumOf({ input, cached, output }: TokenCounts): number {
  return [input, cached, output].reduce(
    (sum, { text, audio, image, other }) => sum + text + audio + image + other,
    0,
  );
}

function isObject(value: JsonObject[string] | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
