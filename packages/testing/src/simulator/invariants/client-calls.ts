import type { SessionEvent } from '@antiphon/core';
import type { Invariant } from './invariant.ts';

/** The application hears of each call that it is to answer, and when nobody waits for it any more. */
const clientCallsEnd: Invariant = {
  id: 'CC1',
  says: 'a call that is put to the application is told once, and ends once: answered, or cancelled and told so',
  watch(world, fail) {
    const open = new Map<string, string>();
    let called: string | undefined;
    let settled: { readonly callId: string; readonly ending: 'answered' | 'cancelled' } | undefined;
    return {
      events: ['tool.client_called', 'tool.client_settled', 'session.resume'],
      onEvent({ event, before }) {
        const isOver = before.lifecycle.kind === 'closed';
        called = event.type === 'tool.client_called' && !isOver ? event.callId : undefined;
        settled = event.type === 'tool.client_settled' && !isOver ? event : undefined;
        // Nobody is there to be told.
        if (event.type === 'session.resume') open.clear();
      },
      effects: ['client_tool_called', 'client_tool_cancelled'],
      onEffect(effect, { event }) {
        if (effect.type !== 'notify') return;
        const { notice } = effect;
        if (notice.type === 'client_tool_called') {
          if (notice.callId !== called)
            fail(`${notice.callId} is told as put to the application, which it is not`);
          if (
            event.type === 'tool.client_called' &&
            JSON.stringify(notice) !== JSON.stringify({ ...event, type: notice.type })
          )
            fail(`${notice.callId} is told in other words`);
          called = undefined;
          open.set(notice.callId, notice.name);
        }
        if (notice.type !== 'client_tool_cancelled') return;
        if (open.get(notice.callId) !== notice.name)
          fail(`the end of ${notice.callId} is told, and it was not open`);
        if (settled?.ending === 'answered') fail(`${notice.callId} is answered and told as cancelled`);
        open.delete(notice.callId);
        if (settled?.callId === notice.callId) settled = undefined;
      },
      steps: [
        'response.output_item.added',
        'response.output_item.done',
        'response.done',
        'tool.client_called',
        'tool.client_settled',
        'session.resume',
        'client_tool_called',
        'client_tool_cancelled',
      ],
      reads: ['tools', 'lifecycle'],
      onStep({ state }) {
        if (called !== undefined) fail(`the application is not told of ${called}`);
        if (settled?.ending === 'cancelled' && open.has(settled.callId))
          fail(`the application is not told that nobody waits for ${settled.callId}`);
        if (settled?.ending === 'answered') open.delete(settled.callId);
        if (state.lifecycle.kind === 'closed' && open.size > 0)
          fail(`the session ends and the application is left with ${[...open.keys()].join(', ')}`);
        if (state.tools.clientCalls.size !== open.size && world.ledger.calls.byId.size > 0)
          fail(`${state.tools.clientCalls.size} calls are open to the application, told are ${open.size}`);
        called = undefined;
        settled = undefined;
      },
    };
  },
};

const talk: ReadonlySet<SessionEvent['type']> = new Set(['agent.note', 'tool.progress', 'server.event']);

/** What tools tell on their way is told on. */
const talkIsTold: Invariant = {
  id: 'N07',
  says: 'notes are told; how far a tool is, as long as it runs; keys that were pressed',
  watch(world, fail) {
    let run: Set<string> = new Set();
    return {
      events: ['session.resume'],
      onEvent({ event }) {
        if (event.type === 'session.resume') run = new Set();
      },
      effects: ['tool.start', 'tool_settled'],
      onEffect(effect) {
        if (effect.type === 'tool.start') run.add(effect.callId);
        if (effect.type === 'notify' && effect.notice.type === 'tool_settled')
          run.delete(effect.notice.callId);
      },
      steps: ['agent.note', 'tool.progress', 'input_audio_buffer.dtmf_event_received'],
      onStep({ event, effects, before }) {
        if (before.lifecycle.kind === 'closed' || !talk.has(event.type)) return;
        if (event.type === 'server.event' && event.event.type !== 'input_audio_buffer.dtmf_event_received')
          return;
        const told = effects.flatMap((effect) => (effect.type === 'notify' ? [effect.notice] : []));
        if (
          event.type === 'agent.note' &&
          !told.some((one) => one.type === 'note' && one.text === event.text && one.callId === event.callId)
        )
          fail(`the note "${event.text}" is not told`);
        if (event.type === 'tool.progress' && !world.crashes.length) {
          const isTold = told.some(
            (one) => one.type === 'tool_progress' && one.callId === event.callId && one.value === event.value,
          );
          if (isTold !== run.has(event.callId))
            fail(`the progress of ${event.callId} is ${isTold ? '' : 'not '}told`);
        }
        if (event.type !== 'server.event' || event.event.type !== 'input_audio_buffer.dtmf_event_received')
          return;
        const { connection } = before;
        const isInUse =
          connection.kind === 'ready' && connection.epoch === event.epoch && !world.ledger.stale;
        const { event: key } = event.event;
        if (isInUse && !told.some((one) => one.type === 'key_pressed' && one.key === key))
          fail(`${key} is not told`);
      },
    };
  },
};

export const clientCallInvariants: readonly Invariant[] = [clientCallsEnd, talkIsTold];
