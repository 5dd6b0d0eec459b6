import type { GeminiClientMessage, GeminiContent } from './client-messages.ts';
import { outputInWords } from './items.ts';
import { type GeminiState, heldOutputs, textInput, type UnsentTurn } from './state.ts';
import { become, type GeminiRule, post, sequence, stay, when } from './step.ts';

/** A turn of the conversation waits until the model is asked, or anything else is sent. */
export function queueTurn(itemId: string, content: GeminiContent): GeminiRule {
  const role = content.role === 'model' ? 'model' : 'user';
  return when(({ unsentTurns, prompt }) =>
    become({
      unsentTurns: [...unsentTurns, { itemId, content, role }],
      ...(role === 'user' && { prompt: { ...prompt, news: 'given' } }),
    }),
  );
}

/** Whatever was queued is given to the model, which is not asked for anything yet. */
export const sendTurns: GeminiRule = when((state) => {
  const { unsentTurns } = state;
  if (textInput(state) === 'realtime_input' && unsentTurns.length > 0 && state.phase !== 'seeding') {
    // Every text is answered here: it waits for the next thing that is to be.
    return stay;
  }
  const seeded = become({ phase: 'talking', unsentTurns: [] });
  if (state.phase === 'seeding' && wantsSeed(state)) {
    return sequence(post(clientContent(unsentTurns, 'yes')), seeded);
  }
  if (unsentTurns.length === 0) return state.phase === 'seeding' ? seeded : stay;
  return textInput(state) === 'realtime_input'
    ? become({ phase: 'talking' })
    : sequence(post(clientContent(unsentTurns, 'no')), seeded);
});

/** Whatever was queued is given to the model, which is to answer it; with nothing queued, to say what it has to say. */
export const askModel: GeminiRule = when((state) => {
  const { unsentTurns } = state;
  const { history, latest } = parted(unsentTurns);
  if (textInput(state) === 'client_content') {
    return sequence(
      history.length > 0 ? post(clientContent(history, 'no')) : stay,
      post(clientContent(latest, 'yes')),
      become({ phase: 'talking', unsentTurns: [] }),
    );
  }
  const isSeed = state.phase === 'seeding' && wantsSeed(state);
  const texts = (isSeed ? latest : unsentTurns).map(inWords).filter((text) => text !== '');
  return sequence(
    isSeed ? post(clientContent(history, 'yes')) : stay,
    post({ realtimeInput: { text: texts.join('\n') || 'Go on.' } }),
    become({ phase: 'talking', unsentTurns: [] }),
  );
});

/**
 * The model is given the outputs of its calls, those of calls made together in one message, lest it answers the first; it goes
 * on by itself.
 */
export const sendOutputs: GeminiRule = when((state) => {
  const held = heldOutputs(state);
  const answered = new Map(state.calls);
  const functionResponses = state.unsentOutputs.flatMap((output) => {
    if (held.includes(output)) return [];
    const { callId, response } = output;
    const call = answered.get(callId);
    if (call === undefined) return [];
    answered.set(callId, { ...call, standing: 'answered' });
    const id = call.wireId === undefined ? {} : { id: call.wireId };
    return [{ ...id, name: call.name, response }];
  });
  return sequence(
    functionResponses.length > 0 ? post({ toolResponse: { functionResponses } }) : stay,
    become({ unsentOutputs: held, calls: bounded(answered) }),
  );
});

/** The model is told in words what its calls gave: it does not wait for them any more. */
export const wordOutputs: GeminiRule = when(({ unsentOutputs, calls }) => {
  const foreign = new Map(calls);
  const turns = unsentOutputs.map(({ itemId, callId, text }) => {
    const call = foreign.get(callId);
    if (call !== undefined) foreign.set(callId, { ...call, standing: 'foreign' });
    return queueTurn(itemId, { role: 'user', parts: [{ text: outputInWords(call, text) }] });
  });
  return sequence(become({ unsentOutputs: [], calls: foreign }), ...turns);
});

/** The beginning of the conversation goes before everything else, where the server was told to wait for it. */
function wantsSeed({ options, setup }: GeminiState): boolean {
  return options.resumed === undefined && setup?.historyConfig !== undefined;
}

function clientContent(turns: readonly UnsentTurn[], turnComplete: 'yes' | 'no'): GeminiClientMessage {
  const contents = turns.map(({ content }) => content);
  return {
    clientContent: {
      ...(contents.length > 0 && { turns: contents }),
      turnComplete: turnComplete === 'yes',
    },
  };
}

/** What the user says now, and what was said before. */
function parted(turns: readonly UnsentTurn[]): {
  readonly history: readonly UnsentTurn[];
  readonly latest: readonly UnsentTurn[];
} {
  const at = turns.findLastIndex(({ role }) => role === 'model') + 1;
  return { history: turns.slice(0, at), latest: turns.slice(at) };
}

function inWords({ content, role }: UnsentTurn): string {
  const text = content.parts.map((part) => ('text' in part ? part.text : '')).join(' ');
  return role === 'model' ? `(You said: ${text})` : text;
}

const answeredLimit = 128;

/** Calls that are answered are remembered for a while only. */
export function bounded<Call extends { readonly standing: string }>(
  calls: ReadonlyMap<string, Call>,
): ReadonlyMap<string, Call> {
  if (calls.size <= answeredLimit) return calls;
  const surplus = [...calls]
    .filter(([, { standing }]) => standing !== 'waiting')
    .slice(0, calls.size - answeredLimit);
  const leaving = new Set(surplus.map(([callId]) => callId));
  return new Map([...calls].filter(([callId]) => !leaving.has(callId)));
}
