import type { Usage } from '../response.ts';
import type { GeminiUsage } from './server-messages.ts';

type Details = GeminiUsage['promptTokensDetails'];

/** Tokens of a turn as the GA dialect counts them. What the model thought counts as text that it wrote. */
export function toUsage(usage: GeminiUsage): Usage {
  const input = (usage.promptTokenCount ?? 0) + (usage.toolUsePromptTokenCount ?? 0);
  const thoughts = usage.thoughtsTokenCount ?? 0;
  const output = (usage.responseTokenCount ?? 0) + thoughts;
  const asked = [...(usage.promptTokensDetails ?? []), ...(usage.toolUsePromptTokensDetails ?? [])];
  const cached = usage.cachedContentTokenCount;
  return {
    total_tokens: usage.totalTokenCount ?? input + output,
    input_tokens: input,
    output_tokens: output,
    input_token_details: {
      ...kinds(asked),
      ...(cached !== undefined && { cached_tokens: cached }),
      ...(usage.cacheTokensDetails && { cached_tokens_details: kinds(usage.cacheTokensDetails) }),
    },
    output_token_details: textAndAudio(usage.responseTokensDetails, thoughts),
  };
}

/** The tokens of two turns. */
export function addedUsage(one: Usage | null, other: Usage | null): Usage | null {
  if (one === null || other === null) return one ?? other;
  return added(one, other) as Usage;
}

function kinds(details: Details) {
  const text = countOf(details, 'TEXT');
  const audio = countOf(details, 'AUDIO');
  const image = sum(countOf(details, 'IMAGE'), countOf(details, 'VIDEO'));
  return {
    ...(text !== undefined && { text_tokens: text }),
    ...(audio !== undefined && { audio_tokens: audio }),
    ...(image !== undefined && { image_tokens: image }),
  };
}

function textAndAudio(details: Details, thoughts: number) {
  const { text_tokens: text, audio_tokens: audio } = kinds(details);
  const words = thoughts > 0 ? (text ?? 0) + thoughts : text;
  return {
    ...(words !== undefined && { text_tokens: words }),
    ...(audio !== undefined && { audio_tokens: audio }),
  };
}

function countOf(details: Details, modality: string): number | undefined {
  const counts = (details ?? []).filter((detail) => detail.modality === modality);
  return counts.length === 0 ? undefined : counts.reduce((all, { tokenCount = 0 }) => all + tokenCount, 0);
}

function sum(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? other : one + (other ?? 0);
}

/** Numbers are added, objects member by member. */
function added(one: object, other: object): object {
  const members = new Set([...Object.keys(one), ...Object.keys(other)]);
  const valueOf = (owner: object, name: string): unknown => (owner as Record<string, unknown>)[name];
  return Object.fromEntries(
    [...members].map((name) => {
      const [a, b] = [valueOf(one, name), valueOf(other, name)];
      if (typeof a === 'number' && typeof b === 'number') return [name, a + b];
      if (typeof a === 'object' && a !== null && typeof b === 'object' && b !== null)
        return [name, added(a, b)];
      return [name, a ?? b];
    }),
  );
}
