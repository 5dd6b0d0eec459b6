import { decodeBase64 } from '../base64.ts';
import { tellUpdated } from './client-in.ts';
import { sendOutputs, wordOutputs } from './outgoing.ts';
import {
  answerNothing,
  chargeUsage,
  endSound,
  finishReply,
  hearVoice,
  type ReplyEnd,
  startReply,
  writeCall,
  writeCaption,
  writeWords,
} from './reply.ts';
import type {
  GeminiFunctionCall,
  GeminiServerContent,
  GeminiServerMessage,
  GeminiServerPart,
} from './server-messages.ts';
import { findsTurns, isSpoken } from './setup.ts';
import { isDue, openCalls } from './state.ts';
import { become, type GeminiRule, hand, post, sequence, stay, when, withId } from './step.ts';
import { toUsage } from './usage.ts';
import { releaseWhenIdle } from './user-sound.ts';
import { beginTurn, endTurnWords, hearWords, passTurn, placeStrayWords, settleWords } from './user-turn.ts';

/** Hertz of the model's voice, as the service writes it. */
const voiceRate = '24000';

/** What a message of the server does. */
export function onServerMessage(message: GeminiServerMessage): GeminiRule {
  const { setupComplete, serverContent, toolCall, toolCallCancellation, usageMetadata } = message;
  return sequence(
    setupComplete ? agree : stay,
    // Tokens that come with the end of a turn are those of that turn.
    usageMetadata ? chargeUsage(toUsage(usageMetadata)) : stay,
    toolCallCancellation ? takeBackCalls(toolCallCancellation.ids ?? []) : stay,
    serverContent ? onContent(serverContent) : stay,
    toolCall ? onCalls(toolCall.functionCalls ?? []) : stay,
    message.sessionResumptionUpdate ? noteResumption(message.sessionResumptionUpdate) : stay,
    message.goAway ? hand({ kind: 'leaving', leftMs: durationMs(message.goAway.timeLeft) }) : stay,
  );
}

const agree: GeminiRule = when(({ phase }) =>
  phase === 'configuring' ? sequence(become({ phase: 'seeding' }), tellUpdated) : stay,
);

function onContent(content: GeminiServerContent): GeminiRule {
  const { interrupted, inputTranscription, modelTurn, outputTranscription } = content;
  return sequence(
    interrupted ? interruptReply : stay,
    inputTranscription?.text ? hearUserWords(inputTranscription.text) : stay,
    inputTranscription?.finished ? settleWords : stay,
    ...(modelTurn?.parts ?? []).map(onPart),
    outputTranscription?.text ? writeCaption(outputTranscription.text) : stay,
    content.generationComplete ? sequence(endSound, settleWords) : stay,
    content.turnComplete ? endModelTurn(content.turnCompleteReason) : stay,
  );
}

/** A user who speaks is answered together with what the tools gave. */
function hearUserWords(text: string): GeminiRule {
  return sequence(
    hearWords(text),
    when(({ turn, unsentOutputs }) =>
      turn.kind === 'speaking' && unsentOutputs.length > 0 ? sendOutputs : stay,
    ),
  );
}

function onPart(part: GeminiServerPart): GeminiRule {
  return when(({ reply, session }) => {
    if (reply.kind === 'dropped') return stay;
    const { inlineData, text, thought } = part;
    if (inlineData?.data !== undefined) {
      if (/^(image|video|text|application)\//.test(inlineData.mimeType ?? '')) return stay;
      const rate = /rate=(\d+)/.exec(inlineData.mimeType ?? '')?.[1] ?? voiceRate;
      if (rate !== voiceRate)
        return hand({ kind: 'invalid', reason: `sound of ${rate} Hz, not ${voiceRate}` });
      const audio = decodeBase64(inlineData.data);
      return audio === undefined
        ? hand({ kind: 'invalid', reason: "the sound in 'serverContent.modelTurn' is not base64" })
        : hearVoice(audio);
    }
    // Where the model speaks, its words are its thoughts: what it says is in its transcription.
    const isHeard = text !== undefined && thought !== true && !isSpoken(session);
    return isHeard ? writeWords('text', text) : stay;
  });
}

/** The user has cut in, or something we sent has. */
const interruptReply: GeminiRule = when((state) => {
  const { reply, prompt, session } = state;
  const tail = become({ tail: 'turn_complete' });
  const isSpeech = findsTurns(session) && reply.kind !== 'dropped' && prompt.owed !== 'asked';
  const begin = isSpeech ? sequence(endTurnWords, beginTurn) : endTurnWords;
  if (reply.kind === 'active') {
    const reason = isSpeech ? 'turn_detected' : 'client_cancelled';
    return sequence(begin, finishReply({ status: 'cancelled', reason }), owesAnswer, tail);
  }
  return sequence(begin, become({ reply: { kind: 'none' } }), tail, releaseWhenIdle);
});

const owesAnswer: GeminiRule = when(({ prompt }) => become({ prompt: { ...prompt, news: 'given' } }));

/** The model's turn is over, and with it what may still come of the user's. */
function endModelTurn(reason: string | undefined): GeminiRule {
  return sequence(
    when((state) => {
      const { reply, tail, prompt } = state;
      if (reply.kind === 'active') {
        return sequence(passTurn, finishReply(endOf(reason)), answered);
      }
      if (tail === 'turn_complete') return become({ tail: 'none' });
      if (reply.kind === 'dropped') return sequence(passTurn, become({ reply: { kind: 'none' } }));
      const isSilent = isDue(prompt.owed) && openCalls(state).length === 0;
      return sequence(passTurn, isSilent ? sequence(answerNothing, answeredPerhaps) : stay);
    }),
    when(({ sound }) => become({ sound: { ...sound, freshMs: 0, sinceMs: 0 }, strayCaption: '' })),
    placeStrayWords,
    releaseWhenIdle,
  );
}

/** Some servers end the turn of a call apart from what follows its output. */
const answeredPerhaps: GeminiRule = when(({ prompt }) =>
  become({ prompt: { ...prompt, owed: 'perhaps', news: 'none' } }),
);

const answered: GeminiRule = when(({ prompt }) => become({ prompt: { ...prompt, news: 'none' } }));

/** Reasons that are no failure need no name; one that the model could not help is tried again. */
function endOf(reason: string | undefined): ReplyEnd {
  switch (reason) {
    case undefined:
    case 'TURN_COMPLETE_REASON_UNSPECIFIED':
    case 'NEED_MORE_INPUT':
      return { status: 'completed' };
    case 'MALFORMED_FUNCTION_CALL':
      return { status: 'failed', reason };
    default:
      return { status: 'incomplete', reason: /MAX_/.test(reason) ? 'max_output_tokens' : 'content_filter' };
  }
}

/** A response ends with its calls: the model waits for their outputs. */
function onCalls(calls: readonly GeminiFunctionCall[]): GeminiRule {
  if (calls.length === 0) return stay;
  return when(({ reply }) =>
    reply.kind === 'dropped'
      ? post({ toolResponse: { functionResponses: calls.map(refusedCall) } })
      : sequence(startReply, ...calls.map(onCall), finishReply({ status: 'completed' })),
  );
}

function onCall({ id, name, args }: GeminiFunctionCall): GeminiRule {
  const argumentsJson = JSON.stringify(args ?? {});
  const use = (callId: string): GeminiRule =>
    sequence(
      when(({ calls, reply }) => {
        const batch = reply.kind === 'active' ? reply.responseId : undefined;
        const call = { name, argumentsJson, wireId: id, batch, standing: 'waiting' } as const;
        return become({ calls: new Map(calls).set(callId, call) });
      }),
      writeCall({ callId, name, argumentsJson }),
    );
  return id !== undefined && /^[a-zA-Z0-9_-]+$/.test(id) ? use(id) : withId('call', use);
}

/** A turn that was cut calls nothing any more, but its end is not told before its calls are answered. */
function refusedCall({ id, name }: GeminiFunctionCall) {
  return { ...(id !== undefined && { id }), name, response: { error: 'The call was cancelled.' } };
}

function takeBackCalls(ids: readonly string[]): GeminiRule {
  return when(({ calls, unsentOutputs }) => {
    const taken = new Set(
      [...calls].flatMap(([callId, { wireId }]) =>
        wireId !== undefined && ids.includes(wireId) ? [callId] : [],
      ),
    );
    const left = new Map(calls);
    for (const callId of taken) {
      const call = left.get(callId);
      if (call?.standing === 'waiting') left.set(callId, { ...call, standing: 'withdrawn' });
    }
    const withdrawn: GeminiRule =
      taken.size === 0 ? stay : hand({ kind: 'calls_withdrawn', callIds: [...taken] });
    return sequence(
      become({ calls: left }),
      withdrawn,
      unsentOutputs.some(({ callId }) => taken.has(callId)) ? wordOutputs : stay,
    );
  });
}

function noteResumption(update: NonNullable<GeminiServerMessage['sessionResumptionUpdate']>): GeminiRule {
  const { newHandle, resumable } = update;
  if (!resumable || !newHandle) return stay;
  return when(({ itemIds, calls, unseenIds }) => {
    const unseen = new Set(unseenIds);
    return become({
      resumption: { handle: newHandle, itemIds: itemIds.filter((id) => !unseen.has(id)), calls },
    });
  });
}

/** `9.5s` → 9500. */
function durationMs(text: string | undefined): number | undefined {
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(text ?? '')?.[1];
  return seconds === undefined ? undefined : Math.round(Number(seconds) * 1000);
}
