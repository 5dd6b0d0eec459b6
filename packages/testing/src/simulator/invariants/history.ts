import type { HistoryItem, SessionState } from '@antiphon/core';
import type { World } from '../world.ts';
import type { Invariant } from './invariant.ts';

type Message = Extract<HistoryItem, { readonly kind: 'message' }>;

function messagesOf({ conversation }: SessionState): readonly Message[] {
  return conversation.pages.flatMap(({ order, items }) =>
    order.flatMap((id) => {
      const item = items.get(id);
      return item?.kind === 'message' ? [item] : [];
    }),
  );
}

const squeeze = (text: string | undefined): string => (text ?? '').replaceAll(/\s+/g, '');

/** Our record says what was said, and what was heard of it. */
const historyIsTrue: Invariant = {
  id: 'R10',
  says: 'the history has the words of the user, and of the agent what was heard',
  watch(world, fail) {
    return {
      onQuiet() {
        const { state } = world.session;
        if (state.lifecycle.kind !== 'running') return;
        for (const item of messagesOf(state)) {
          const view = world.ledger.items.get(item.id);
          if (view === undefined) continue;
          if (
            item.role === 'user' &&
            view.transcript === 'known' &&
            item.text !== view.text &&
            view.text !== ''
          )
            fail(`${item.id} is "${item.text ?? ''}" in the history, said was "${view.text ?? ''}"`);
          if (item.role === 'agent') checkHeard(world, item, fail);
        }
        checkLengths(state, fail);
      },
    };
  },
};

function checkHeard(world: World, item: Message, fail: (message: string) => void): void {
  const view = world.ledger.items.get(item.id);
  const played = world.sink.parts.get(`${item.id}/0`);
  // Of a part whose sound was lost on its way there are words, and nothing to be heard.
  const isWritten = item.parts.length > 1;
  if (view === undefined || view.receivedMs.length !== 1 || isWritten || played === undefined) return;
  const receivedMs = view.receivedMs[0] ?? 0;
  if (played.writtenMs < receivedMs - 1 || world.crashes.length > 0) return;
  const { heard } = item;
  if (heard === undefined) return fail(`the history does not say what was heard of ${item.id}`);
  if (played.heardMs < 1 && heard.text !== '')
    fail(`nothing was heard of ${item.id}, noted is "${heard.text}"`);
  const isWhole = played.heardMs >= receivedMs - 0.5;
  if (isWhole && heard.unheard !== '') fail(`${item.id} was heard, noted as unheard is "${heard.unheard}"`);
  if (squeeze(heard.text + heard.unheard) !== squeeze(item.text))
    fail(`"${heard.text}" and "${heard.unheard}" of ${item.id} are not "${item.text ?? ''}"`);
}

function checkLengths(state: SessionState, fail: (message: string) => void): void {
  let length = 0;
  for (const { items } of state.conversation.pages) {
    for (const item of items.values()) {
      if (item.kind === 'message') length += item.text?.length ?? 0;
      else length += item.kind === 'function_call' ? item.argumentsJson.length : item.output.length;
    }
  }
  if (length !== state.conversation.textLength)
    fail(`the history counts ${state.conversation.textLength} characters and has ${length}`);
}

/** What was typed is in the conversation. */
const typedIsKept: Invariant = {
  id: 'I17d',
  says: 'what was typed is in the conversation, also when there was no connection then',
  watch(world, fail) {
    return {
      onQuiet() {
        const { state } = world.session;
        const link = world.network.links.get(world.ledger.current.epoch);
        if (link === undefined || state.lifecycle.kind !== 'running' || state.conversation.forgotten > 0)
          return;
        const words = new Set(link.server.conversation.items.flatMap((item) => item.text.split(' ')));
        for (const { text } of world.user.typed) {
          if (!words.has(text.split(' ')[0] ?? '')) fail(`"${text}" was typed and is lost`);
        }
      },
    };
  },
};

export const historyInvariants: readonly Invariant[] = [historyIsTrue, typedIsKept];
