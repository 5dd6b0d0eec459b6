import type { JsonObject, JsonValue, SessionNotice, SessionUsage } from '@antiphon/core';
import { addUsage } from './usage-total.ts';

/** What the models of a run took, as the summary shows it: sums with the names of the protocol, and each response. */
export class UsageLog {
  readonly #responses: JsonObject[] = [];
  #sum: JsonObject = {};
  #total: SessionUsage | undefined;
  #bill: { readonly id: string; readonly usd: number | undefined } | undefined;

  take(notice: SessionNotice): void {
    if (notice.type === 'usage') this.#takeBill(notice);
    if (notice.type !== 'response_done' || notice.usage === undefined) return;
    const usage = notice.usage as unknown as JsonObject;
    this.#sum = addUsage(this.#sum, usage);
    const usd = this.#bill?.id === notice.responseId ? this.#bill.usd : undefined;
    const { responseId: response_id, status } = notice;
    this.#responses.push({ response_id, status, ...usage, ...(usd !== undefined && { usd }) });
  }

  /** @param latest of the session, where something was counted that no notice told. */
  summary(latest: SessionUsage | undefined = this.#total): JsonObject {
    if (latest === undefined) return this.#sum;
    const { transcription, transcriptionSeconds, connectedSeconds, usd, unpricedTokens } = latest;
    const written = transcriptionSum(transcription, transcriptionSeconds);
    return {
      ...this.#sum,
      ...(written && { input_transcription: written }),
      ...(connectedSeconds > 0 && { connected_seconds: connectedSeconds }),
      ...(usd !== undefined && { usd }),
      ...(unpricedTokens > 0 && { unpriced_tokens: unpricedTokens }),
      ...(this.#responses.length > 0 && { responses: this.#responses }),
    };
  }

  #takeBill(notice: Extract<SessionNotice, { type: 'usage' }>): void {
    this.#total = notice.total;
    // The bill of a response comes right before its end is told.
    if (notice.of === 'response') this.#bill = { id: notice.id, usd: notice.usd };
  }
}

function transcriptionSum(
  { input, cached, output }: SessionUsage['transcription'],
  seconds: number,
): JsonObject | undefined {
  const text = input.text + cached.text;
  const audio = input.audio + cached.audio;
  const read = text + audio + input.other + cached.other + input.image + cached.image;
  const written = output.text + output.audio + output.image + output.other;
  if (read + written === 0) return seconds > 0 ? { seconds } : undefined;
  const sum: Record<string, JsonValue> = {
    total_tokens: read + written,
    input_tokens: read,
    output_tokens: written,
    input_token_details: { text_tokens: text, audio_tokens: audio },
  };
  return seconds > 0 ? { ...sum, seconds } : sum;
}
