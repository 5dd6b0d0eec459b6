import { encodeBase64 } from '../base64.ts';
import { sendTurns } from './outgoing.ts';
import { findsTurns } from './setup.ts';
import { type GeminiState, isDue, openCalls } from './state.ts';
import { become, type GeminiRule, post, sequence, stay, when } from './step.ts';

/** PCM, 16 bits, 16 kHz. */
const bytesPerMs = 32;
/** Sound that waits for the end of an answer; beyond it the oldest leaves. */
const heldLimitBytes = 15_000 * bytesPerMs;

/** Sound of the user at the rate of the wire. */
export function hearUser(pcm: Uint8Array): GeminiRule {
  if (pcm.byteLength === 0) return stay;
  return when((state) => {
    if (state.phase !== 'seeding' && state.phase !== 'talking') return stay;
    if (findsTurns(state.session)) {
      return sequence(state.phase === 'seeding' ? sendTurns : stay, sendSound(pcm));
    }
    // The beginning of a turn would cut what the model says.
    const mustWait = state.sound.activity === 'none' && isBusy(state);
    return mustWait ? hold(pcm) : sequence(releaseSound, openActivity, sendSound(pcm));
  });
}

/** The user's turn that the client knows of has begun, as far as there is anything of it. */
export const releaseSound: GeminiRule = when(({ sound }) =>
  sound.held.length === 0
    ? stay
    : sequence(become({ sound: { ...sound, held: [] } }), openActivity, ...sound.held.map(sendSound)),
);

/** What waited for the model to end goes out, now that it would cut nothing. */
export const releaseWhenIdle: GeminiRule = when((state) => {
  if (isBusy(state)) return stay;
  const isFree = state.reply.kind === 'none' && state.turn.kind !== 'speaking';
  return sequence(isFree && state.unsentTurns.length > 0 ? sendTurns : stay, releaseSound);
});

/** The user's turn is over. */
export const closeActivity: GeminiRule = when(({ sound }) =>
  sound.activity === 'none'
    ? stay
    : sequence(
        post({ realtimeInput: { activityEnd: {} } }),
        become({ sound: { ...sound, activity: 'none' } }),
      ),
);

const openActivity: GeminiRule = when(({ sound }) =>
  sound.activity === 'open'
    ? stay
    : sequence(
        sendTurns,
        post({ realtimeInput: { activityStart: {} } }),
        become({ sound: { ...sound, activity: 'open' } }),
      ),
);

function sendSound(pcm: Uint8Array): GeminiRule {
  return when(({ sound }) => {
    const ms = pcm.byteLength / bytesPerMs;
    return sequence(
      post({ realtimeInput: { audio: { mimeType: 'audio/pcm;rate=16000', data: encodeBase64(pcm) } } }),
      become({
        sound: {
          ...sound,
          sentMs: sound.sentMs + ms,
          freshMs: sound.freshMs + ms,
          sinceMs: sound.sinceMs + ms,
        },
      }),
    );
  });
}

function hold(pcm: Uint8Array): GeminiRule {
  return when(({ sound }) => {
    let held: readonly Uint8Array[] = [...sound.held, pcm.slice()];
    let bytes = held.reduce((sum, piece) => sum + piece.byteLength, 0);
    while (bytes > heldLimitBytes) {
      bytes -= held[0]?.byteLength ?? bytes;
      held = held.slice(1);
    }
    return become({ sound: { ...sound, held } });
  });
}

function isBusy(state: GeminiState): boolean {
  return state.reply.kind === 'active' || isDue(state.prompt.owed) || openCalls(state).length > 0;
}
