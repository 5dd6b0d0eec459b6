import type { Effect, SessionNotice } from '@antiphon/core';
import type { World } from '../world.ts';
import type { Invariant } from './invariant.ts';
import { staleNote } from './stale-results.ts';

/** The message of the system that an effect gives to the model. */
function toldBy(effect: Effect): { readonly id: string; readonly text: string } | undefined {
  if (effect.type !== 'transport.send' || effect.event.type !== 'conversation.item.create') return undefined;
  const { item } = effect.event;
  if (item.type !== 'message' || item.role !== 'system') return undefined;
  return { id: item.id ?? '', text: item.content.map((part) => ('text' in part ? part.text : '')).join('') };
}

function noticesOf(effects: readonly Effect[]): readonly SessionNotice[] {
  return effects.flatMap((effect) => (effect.type === 'notify' ? [effect.notice] : []));
}

/** The texts of the messages of the system in the history. */
function notedTexts(world: World): readonly string[] {
  return world.session.state.conversation.pages.flatMap(({ items }) =>
    [...items.values()].flatMap((item) =>
      item.kind === 'message' && item.role === 'system' ? [item.text ?? ''] : [],
    ),
  );
}

/** Who asks for a tool that works in the background does not wait for it. */
const answeredAtStart: Invariant = {
  id: 'B01',
  says: 'a call of a tool that works in the background is answered in the step that starts it, and no other is',
  watch(world, fail) {
    return {
      steps: ['tool.start'],
      onStep({ event, effects, before }) {
        if (before.lifecycle.kind === 'closed' || event.type === 'session.resume') return;
        for (const effect of effects) {
          if (effect.type !== 'tool.start') continue;
          const { callId } = effect;
          const isMeant = world.ledger.policyOf(callId)?.background === true;
          const isTold = noticesOf(effects).some(
            (told) => told.type === 'tool_background' && told.callId === callId,
          );
          if (isTold !== isMeant)
            fail(`${callId} is ${isTold ? '' : 'not '}told as going on in the background`);
          const [output] = [...(world.ledger.calls.byId.get(callId)?.outputs.values() ?? [])].flat();
          if (isMeant && world.ledger.inUse !== undefined && output?.includes('"background":true') !== true)
            fail(`${callId} works in the background and is not answered`);
        }
      },
    };
  },
};

/** What came of it is told once. */
const reportedOnce: Invariant = {
  id: 'B02',
  says: 'what comes of a tool in the background, and what it has so far, is given to the model once, in the step that brings it',
  watch(world, fail) {
    return {
      steps: ['tool.report', 'tool.settled'],
      onStep({ event, effects, before, state }) {
        if (before.lifecycle.kind === 'closed' || state.lifecycle.kind === 'closed') return;
        if (event.type !== 'tool.settled' && event.type !== 'tool.report') return;
        const { callId } = event;
        const { background, calls } = before.tools;
        const isReport = event.type === 'tool.report';
        const call = background.get(callId) ?? (isReport ? calls.get(callId) : undefined);
        const told = effects
          .flatMap((effect) => toldBy(effect) ?? [])
          .filter(({ text }) => text.includes(callId));
        if (call?.phase.kind !== 'running') {
          if (told.length > 0)
            fail(`"${told[0]?.text ?? ''}" is told and ${callId} does not run in the background`);
          return;
        }
        const text = textOf(world, { callId, name: call.name, event });
        if (before.connection.kind === 'ready' && (told.length !== 1 || told[0]?.text !== text))
          fail(
            `told of ${callId} is "${told.map((one) => one.text).join('" and "')}", it should be "${text}"`,
          );
        if (
          before.connection.kind !== 'ready' &&
          state.conversation.forgotten === 0 &&
          !notedTexts(world).includes(text)
        )
          fail(`"${text}" is lost`);
      },
      onQuiet() {
        // A tool that another process runs again tells it again.
        if (world.crashes.length > 0) return;
        const texts = notedTexts(world).filter((text) => text.startsWith('[background]'));
        if (new Set(texts).size !== texts.length) fail('the same is twice in the history of what tools told');
      },
    };
  },
};

function textOf(
  world: World,
  {
    callId,
    name,
    event,
  }: {
    readonly callId: string;
    readonly name: string;
    readonly event:
      | { readonly type: 'tool.settled'; readonly outcome: { readonly outputText: string } }
      | { readonly type: 'tool.report'; readonly outputText: string };
  },
): string {
  const head = `[background] The tool ${name} (${callId})`;
  if (event.type === 'tool.report') return `${head} goes on, and has this so far:\n${event.outputText}`;
  const note = world.ledger.calls.byId.get(callId)?.lateness === 'told' ? staleNote : '';
  return `${head} has ended:\n${event.outcome.outputText}${note}`;
}

/** News is spoken about, and what is none is not. */
const newsIsSpoken: Invariant = {
  id: 'B03',
  says: 'news of a tool in the background is owed an answer; what is late, cancelled or not to be spoken of is not',
  watch(world, fail) {
    return {
      steps: ['tool.settled'],
      onStep({ event, effects, before, state }) {
        if (event.type !== 'tool.settled' || before.lifecycle.kind !== 'running') return;
        const { callId, outcome } = event;
        if (!before.tools.background.has(callId) || state.lifecycle.kind !== 'running') return;
        const reply = world.ledger.policyOf(callId)?.reply;
        const isLate = world.ledger.calls.byId.get(callId)?.lateness === 'told';
        const isNews = !isLate && outcome.status !== 'cancelled' && reply !== 'never';
        const isOwed = state.owed.some(({ kind }) => kind === 'answer');
        const wasOwed = before.owed.some(({ kind }) => kind === 'answer');
        const isAsked = effects.some(
          (effect) => effect.type === 'transport.send' && effect.event.type === 'response.create',
        );
        const isEnding = noticesOf(effects).some(({ type }) => type === 'limit');
        if (isNews && !isOwed && !isAsked && !isEnding) fail(`what came of ${callId} is not spoken about`);
        if (!isNews && isOwed && !wasOwed) fail(`what came of ${callId} is no news and is spoken about`);
      },
    };
  },
};

export const backgroundInvariants: readonly Invariant[] = [answeredAtStart, reportedOnce, newsIsSpoken];
