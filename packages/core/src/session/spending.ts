import type { Usage } from '../protocol/response.ts';
import type { ServerEventOf } from '../protocol/server-events.ts';
import { agentOf } from './agents.ts';
import { checkCost, countTokens } from './limits.ts';
import type { SessionNotice, SessionUsage } from './notices.ts';
import {
  costOfSeconds,
  costOfTokens,
  isFree,
  type ModelPrices,
  type NanoUsd,
  nanoUsdPerUsd,
} from './prices.ts';
import type { SpentState } from './spent.ts';
import type { SessionState } from './state.ts';
import { ask, become, notify, remember, type Step, sequence, stay } from './step.ts';
import { addCounts, isBlank, sumOf, type TokenCounts, tokenCountsOf, totalTokensOf } from './token-counts.ts';

const meterSeconds = 1;
/** Turns and responses that are remembered as counted: some servers tell them again. */
const countedLimit = 32;

type TranscriptionUsage = ServerEventOf<'conversation.item.input_audio_transcription.completed'>['usage'];

/** What the session took of its models so far. */
export function usageOf({ usage }: SessionState): SessionUsage {
  const { responses, transcription, transcriptionSeconds, connectedSeconds, nanoUsd, unpricedTokens } =
    usage.spent;
  const usd = inUsd(nanoUsd);
  return { responses, transcription, transcriptionSeconds, connectedSeconds, usd, unpricedTokens };
}

/** What a response has used, told once. Servers that do not say so are taken at their word: nothing. */
export function spendOnResponse(
  state: SessionState,
  responseId: string,
  used: Usage | null | undefined,
): Step {
  const { spent } = state.usage;
  if (!used || isBlank(used) || isCounted(state, responseId)) return stay(state);
  const tokens = tokenCountsOf(used);
  const { nanoUsd, unpricedTokens } = costOfTokens(tokens, pricesInUse(state));
  return sequence(
    spend(state, {
      responses: addCounts(spent.responses, tokens),
      answered: remember(spent.answered, responseId, countedLimit),
      nanoUsd: addMoney(spent.nanoUsd, nanoUsd),
      unpricedTokens: spent.unpricedTokens + unpricedTokens,
    }),
    tell({ of: 'response', id: responseId, tokens, seconds: undefined, usd: inUsd(nanoUsd) }),
    (next) => countTokens(next, totalTokensOf(used)),
    checkCost,
  );
}

/** A response without a name cannot be told from the one before. */
function isCounted({ usage }: SessionState, responseId: string): boolean {
  return responseId !== '' && usage.spent.answered.includes(responseId);
}

/** What it took to write down a turn of the user. A turn that is told twice is counted once. */
export function spendOnTranscription(state: SessionState, itemId: string, used: TranscriptionUsage): Step {
  const { spent } = state.usage;
  if (!used || spent.transcribed.includes(itemId)) return stay(state);
  const { seconds = 0, total_tokens = 0, input_tokens = 0, output_tokens = 0, input_token_details } = used;
  const tokens = tokenCountsOf({ total_tokens, input_tokens, output_tokens, input_token_details });
  if (seconds === 0 && sumOf(tokens) === 0) return stay(state);
  const inUse = pricesInUse(state);
  // What runs here for nothing writes down for nothing, whatever name the model has elsewhere.
  const prices = inUse === undefined || !isFree(inUse) ? agentOf(state).transcriptionPrices : inUse;
  const cost = costOfTokens(tokens, prices);
  const nanoUsd = addMoney(cost.nanoUsd, seconds === 0 ? undefined : costOfSeconds(seconds, prices));
  return sequence(
    spend(state, {
      transcription: addCounts(spent.transcription, tokens),
      transcriptionSeconds: spent.transcriptionSeconds + seconds,
      nanoUsd: addMoney(spent.nanoUsd, nanoUsd),
      unpricedTokens: spent.unpricedTokens + cost.unpricedTokens,
      transcribed: remember(spent.transcribed, itemId, countedLimit),
    }),
    tell({
      of: 'transcription',
      id: itemId,
      tokens,
      seconds: seconds === 0 ? undefined : seconds,
      usd: inUsd(nanoUsd),
    }),
    checkCost,
  );
}

/** What a tool took of other models: it counts as the session's own. */
export function spendOnTool(state: SessionState, callId: string, used: SessionUsage): Step {
  const { spent } = state.usage;
  const nanoUsd = used.usd === undefined ? undefined : Math.round(used.usd * nanoUsdPerUsd);
  const tokens = addCounts(used.responses, used.transcription);
  if (sumOf(tokens) === 0 && nanoUsd === undefined && used.connectedSeconds === 0) return stay(state);
  return sequence(
    spend(state, {
      responses: addCounts(spent.responses, used.responses),
      transcription: addCounts(spent.transcription, used.transcription),
      transcriptionSeconds: spent.transcriptionSeconds + used.transcriptionSeconds,
      connectedSeconds: spent.connectedSeconds + used.connectedSeconds,
      nanoUsd: addMoney(spent.nanoUsd, nanoUsd),
      unpricedTokens: spent.unpricedTokens + used.unpricedTokens,
    }),
    tell({ of: 'tool', id: callId, tokens, seconds: undefined, usd: used.usd }),
    (next) => countTokens(next, sumOf(used.responses)),
    checkCost,
  );
}

/** Starts and ends the meter of connections that are billed by the minute. */
export function watchMeter(state: SessionState): Step {
  const isDue = state.connection.kind === 'ready' && pricesInUse(state)?.minute !== undefined;
  if (isDue === (state.usage.spent.meter === 'running')) return stay(state);
  return isDue
    ? sequence(spend(state, { meter: 'running' }), passMeter)
    : sequence(spend(state, { meter: 'off' }), ask({ type: 'timer.cancel', timer: 'meter' }));
}

/** Another second on a connection has begun: it is counted at once, so that a budget ends early, not late. */
export function passMeter(state: SessionState): Step {
  const { spent } = state.usage;
  if (spent.meter === 'off') return stay(state);
  const seconds = spent.connectedSeconds + meterSeconds;
  const prices = pricesInUse(state);
  const costOf = (whole: number): NanoUsd => costOfSeconds(whole, prices) ?? 0;
  // The difference of two whole stretches: fractions of a billionth do not add up.
  const nanoUsd = costOf(seconds) - costOf(spent.connectedSeconds);
  return sequence(
    spend(state, { connectedSeconds: seconds, nanoUsd: addMoney(spent.nanoUsd, nanoUsd) }),
    ask({ type: 'timer.start', timer: 'meter', delayMs: meterSeconds * 1000 }),
    checkCost,
  );
}

function pricesInUse({ settings, dial }: SessionState): ModelPrices | undefined {
  return settings.providers[dial.provider]?.prices;
}

function spend(state: SessionState, change: Partial<SpentState>): Step {
  return become(state, { usage: { ...state.usage, spent: { ...state.usage.spent, ...change } } });
}

function tell(
  bill: Omit<Extract<SessionNotice, { type: 'usage' }>, 'type' | 'total'> & { readonly tokens: TokenCounts },
): (state: SessionState) => Step {
  return (state) => notify({ type: 'usage', ...bill, total: usageOf(state) })(state);
}

function addMoney(a: NanoUsd | undefined, b: NanoUsd | undefined): NanoUsd | undefined {
  return a === undefined ? b : a + (b ?? 0);
}

function inUsd(nanoUsd: NanoUsd | undefined): number | undefined {
  return nanoUsd === undefined ? undefined : nanoUsd / nanoUsdPerUsd;
}
