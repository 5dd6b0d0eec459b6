import { agentOf } from './agents.ts';
import { hasCalledEnough } from './limits.ts';
import type { ResponseRequest } from './regions/response.ts';
import type { SessionState } from './state.ts';

/** The offline engine says the text of the metadata; models are told to. */
export function sayOverrides({
  text,
  protected: isProtected,
  asksFor,
}: Extract<ResponseRequest, { kind: 'say' }>) {
  return {
    instructions: `Say exactly the following text, word for word, and nothing else: ${JSON.stringify(text)}`,
    tool_choice: 'none' as const,
    metadata: {
      'antiphon.say': text,
      ...(isProtected === true && { 'antiphon.protected': 'yes' }),
      ...(asksFor !== undefined && { 'antiphon.asks_for': asksFor }),
    },
  };
}

/** An answer that was cut goes on where it stopped, and one to words that were lost asks for them; nothing for any other. */
export function answerOverrides(answer: { readonly continues?: string; readonly asksAgain?: true }) {
  if (answer.asksAgain === true) {
    return {
      instructions:
        'The connection broke while the user spoke, and what they said was lost. Say so in a few words and ask them to say it again.',
    };
  }
  const { continues } = answer;
  if (continues === undefined) return undefined;
  const said = continues === '' ? 'before a word of it was heard' : `after: ${JSON.stringify(continues)}`;
  return {
    instructions: `Your last answer was cut off ${said}. Go on with it where it stopped, without repeating what was said.`,
  };
}

/** A call that is forced is forced once a turn: the answer to its output would call again, and so for ever. */
export function freedOverrides(state: SessionState) {
  const { session, hosted } = agentOf(state);
  // What the provider calls itself is refused by nobody.
  if (hosted !== undefined && hasCalledEnough(state)) return { tool_choice: 'none' as const };
  const choice = session.tool_choice;
  const isForced = choice === 'required' || typeof choice === 'object';
  return isForced && state.usage.toolCallsThisTurn > 0 ? { tool_choice: 'auto' as const } : undefined;
}
