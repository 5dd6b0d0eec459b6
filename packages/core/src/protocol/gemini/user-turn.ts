import type { ConversationItem } from '../items.ts';
import { addItem } from './items.ts';
import { cutsAgent, findsTurns } from './setup.ts';
import type { GeminiState } from './state.ts';
import { become, type GeminiRule, sequence, stay, tell, when, withId } from './step.ts';

/** Words that come later than this are of another turn: milliseconds of sound since the turn or its answer. */
const lateWordsMs = 1_500;
/** What stands for a sound that is no words: it begins no turn. */
const isNoise = /^\s*<noise>\s*$/i;

/** Words of the user. They come when they like: before the model's answer, beside it or after it. */
export function hearWords(text: string): GeminiRule {
  if (text === '') return stay;
  return when((state) => {
    const { turn } = state;
    switch (turn.kind) {
      case 'none':
        return mayBegin(state, text)
          ? sequence(beginTurn, hearWords(text))
          : become({ strayWords: state.strayWords + text });
      case 'speaking':
        return sequence(become({ turn: { ...turn, text: turn.text + text } }), tellWords(turn.itemId, text));
      case 'said': {
        const isOther = state.sound.sinceMs > lateWordsMs;
        if (isOther && turn.standing === 'past') return sequence(endTurnWords, hearWords(text));
        // Where speech cuts the agent, the server says so before it writes it down.
        if (isOther && state.reply.kind === 'active' && !cutsAgent(state.session)) {
          return become({ strayWords: state.strayWords + text });
        }
        const grown = sequence(
          become({ turn: { ...turn, text: turn.text + text } }),
          tellWords(turn.itemId, text),
        );
        return turn.toldText === '' && turn.standing === 'current' ? grown : sequence(grown, settleWords);
      }
    }
  });
}

/** The user speaks: the server's word for it. */
export const beginTurn: GeminiRule = when(({ turn, strayWords, sound }) => {
  if (turn.kind === 'speaking') return stay;
  return sequence(
    endTurnWords,
    withId('item', (itemId) =>
      sequence(
        become({ turn: { kind: 'speaking', itemId, text: '' }, strayWords: '' }),
        tell({
          type: 'input_audio_buffer.speech_started',
          item_id: itemId,
          audio_start_ms: Math.floor(sound.sentMs),
        }),
      ),
    ),
    hearWords(strayWords),
  );
});

/** The model answers: what the user said before that is a turn of the conversation. */
export const commitTurn: GeminiRule = when(({ turn, sound }) => {
  if (turn.kind !== 'speaking') return stay;
  return sequence(
    tell({
      type: 'input_audio_buffer.speech_stopped',
      item_id: turn.itemId,
      audio_end_ms: Math.floor(sound.sentMs),
    }),
    become({
      turn: { kind: 'said', itemId: turn.itemId, text: turn.text, toldText: '', standing: 'current' },
    }),
    enterTurn(turn.itemId),
  );
});

/** The client has ended a turn that only it knows of. */
export const commitOwnTurn: GeminiRule = sequence(
  when(() => endTurnWords),
  withId('item', (itemId) =>
    sequence(
      become({ turn: { kind: 'said', itemId, text: '', toldText: '', standing: 'current' } }),
      enterTurn(itemId),
    ),
  ),
  when(({ strayWords }) => sequence(become({ strayWords: '' }), hearWords(strayWords))),
);

/** All words of the turn that was said are there, as far as anyone can tell. */
export const settleWords: GeminiRule = when(({ turn }) => {
  if (turn.kind !== 'said' || turn.text === '' || turn.text === turn.toldText) return stay;
  return sequence(
    become({ turn: { ...turn, toldText: turn.text } }),
    tell({
      type: 'conversation.item.input_audio_transcription.completed',
      item_id: turn.itemId,
      content_index: 0,
      transcript: turn.text,
    }),
  );
});

/** What comes now is of another turn. */
export const endTurnWords: GeminiRule = sequence(
  settleWords,
  when(({ turn }) => (turn.kind === 'said' ? become({ turn: { kind: 'none' } }) : stay)),
);

/** The turn was answered: its words, if none has come, may still come for a while. */
export const passTurn: GeminiRule = when(({ turn }) =>
  turn.kind === 'said' && turn.text === '' ? become({ turn: { ...turn, standing: 'past' } }) : endTurnWords,
);

/** Words that were nobody's begin a turn when they are words. */
export const placeStrayWords: GeminiRule = when((state) => {
  const { strayWords } = state;
  if (strayWords === '') return stay;
  if (!mayBegin(state, strayWords)) return become({ strayWords: isNoise.test(strayWords) ? '' : strayWords });
  return beginTurn;
});

/** From now on words are late ones of what was said before, for a while. */
export const markMoment: GeminiRule = when(({ sound }) => become({ sound: { ...sound, sinceMs: 0 } }));

function enterTurn(itemId: string): GeminiRule {
  const item: ConversationItem = {
    id: itemId,
    type: 'message',
    role: 'user',
    status: 'completed',
    content: [{ type: 'input_audio', transcript: null }],
  };
  return sequence(
    when(({ lastItemId }) =>
      tell({ type: 'input_audio_buffer.committed', item_id: itemId, previous_item_id: lastItemId }),
    ),
    addItem(item, 'done'),
    markMoment,
    when(({ prompt }) => become({ prompt: { ...prompt, news: 'given' } })),
  );
}

function tellWords(itemId: string, delta: string): GeminiRule {
  return tell({
    type: 'conversation.item.input_audio_transcription.delta',
    item_id: itemId,
    content_index: 0,
    delta,
  });
}

/** Words beside an answer that no speech asked for may be of a turn that is yet to begin. */
function mayBegin(state: GeminiState, text: string): boolean {
  return findsTurns(state.session) && state.reply.kind !== 'active' && !isNoise.test(text);
}
