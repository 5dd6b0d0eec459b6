import type { ClientEventOf, ToolSpec } from '@antiphon/core';
import type { BrainContext, SpeechStyle } from '../stages.ts';
import { dictatedText, type ResponseTask, taskOf, toBrainChoice, toBrainTools } from './brain-task.ts';
import type { Conversation } from './conversation.ts';
import { type ConversationLog, countTokens, findEntry, type LogEntry } from './conversation-log.ts';
import type { ResponseHead } from './response-writer.ts';
import { refuseTools, stateTools, toWireFormat } from './session-settings.ts';
import { addTokens, textTokens } from './token-counts.ts';
import { type WireError, wireErrors } from './wire-errors.ts';
import type { EffectiveSession } from './wire-objects.ts';

/** What a client may ask of one response. */
export type ResponseParams = NonNullable<ClientEventOf<'response.create'>['response']>;

/** The metadata key whose value is spoken as it is, without the brain. */
export const sayKey = 'antiphon.say';

/** The metadata key that names the call which the user is asked for. */
export const asksForKey = 'antiphon.asks_for';

/** A response as it will be made: the session's settings with what was asked of this one. */
export interface ResponsePlan {
  readonly head: Omit<ResponseHead, 'id'>;
  readonly task: ResponseTask;
  readonly style: SpeechStyle;
  readonly thinking: Omit<BrainContext, 'now' | 'signal'>;
}

export interface PlanSources {
  readonly session: EffectiveSession;
  readonly conversation: Conversation;
  /** What the agent's own tools say beyond the wire. */
  readonly specs: readonly ToolSpec[];
  /** Makes an entry of an item given as context. */
  toEntry(
    item: Exclude<NonNullable<ResponseParams['input']>[number], { type: 'item_reference' }>,
  ): LogEntry | WireError;
}

export type PlanResult =
  | { readonly ok: true; readonly plan: ResponsePlan }
  | { readonly ok: false; readonly error: WireError };

/** Plans a response. Absent members of `params` are the session's. */
export function planResponse(params: ResponseParams, sources: PlanSources): PlanResult {
  const { session, conversation } = sources;
  const toolError = refuseTools(params.tools, 'response.tools');
  if (toolError !== undefined) return { ok: false, error: toolError };
  const context = params.input === undefined ? conversation.log : gather(params.input, sources);
  if ('type' in context) return { ok: false, error: context };
  const instructions = params.instructions ?? session.instructions;
  const output = params.audio?.output;
  const voice = output?.voice ?? session.audio.output.voice;
  const tools = params.tools === undefined ? session.tools : stateTools(params.tools);
  const said = params.metadata?.[sayKey] ?? dictatedText(params.instructions);
  return {
    ok: true,
    plan: {
      head: {
        conversationId: params.conversation === 'none' ? null : conversation.id,
        modality: (params.output_modalities ?? session.output_modalities)[0] ?? 'audio',
        format: output?.format === undefined ? session.audio.output.format : toWireFormat(output.format),
        voice,
        maxOutputTokens: params.max_output_tokens ?? session.max_output_tokens,
        metadata: params.metadata ?? null,
        inputTokens: addTokens(countTokens(context), { text: textTokens(instructions), audio: 0 }),
      },
      task: said === undefined ? taskOf(context, sources.specs) : { kind: 'say', text: said },
      style: { voice: typeof voice === 'string' ? voice : voice.id, speed: session.audio.output.speed },
      thinking: {
        tools: toBrainTools(tools, sources.specs),
        toolChoice: toBrainChoice(params.tool_choice ?? session.tool_choice),
        instructions,
      },
    },
  };
}

/** The items given as context, references resolved; those of the conversation are to be answered again. */
function gather(
  input: NonNullable<ResponseParams['input']>,
  sources: PlanSources,
): ConversationLog | WireError {
  const context: LogEntry[] = [];
  for (const [index, given] of input.entries()) {
    const entry =
      given.type === 'item_reference'
        ? (findEntry(sources.conversation.log, given.id) ?? wireErrors.unknownReference(index, given.id))
        : sources.toEntry(given);
    if ('message' in entry) return entry;
    context.push({ ...entry, answered: false });
  }
  return answeredBeforeLastReply(context);
}

/** What stands before a reply of the agent has been answered by it. */
function answeredBeforeLastReply(context: readonly LogEntry[]): ConversationLog {
  const lastReply = context.findLastIndex(({ item }) => item.type === 'message' && item.role === 'assistant');
  return context.map((entry, index) => ({ ...entry, answered: index <= lastReply }));
}
