import type { Invariant } from './invariant.ts';

/** A limit that is reached ends the session, with last words and nothing else. */
const limitsEnd: Invariant = {
  id: 'I26',
  says: 'after a limit is reached nothing but last words is asked for, and the session ends',
  watch(world, fail) {
    let reachedAtMs: number | undefined;
    let tokens = 0;
    const counted = new Set<string>();
    const { limits } = world.stage.settings;
    return {
      events: ['response.done'],
      onEvent({ event }) {
        if (world.ledger.stale || event.type !== 'server.event' || event.event.type !== 'response.done')
          return;
        const { id, usage } = event.event.response;
        if (!counted.has(id)) tokens += usage?.total_tokens ?? 0;
        counted.add(id);
      },
      effects: ['limit', 'transport.send'],
      onEffect(effect, { event }) {
        if (effect.type === 'notify' && effect.notice.type === 'limit' && effect.notice.reached)
          reachedAtMs ??= world.stage.queue.nowMs;
        if (reachedAtMs === undefined || effect.type !== 'transport.send') return;
        const create = effect.event.type === 'response.create' ? effect.event : undefined;
        if (create !== undefined && create.response?.metadata?.['antiphon.say'] === undefined)
          fail(`an answer is asked for after a limit was reached (${event.type})`);
      },
      onStep({ state }) {
        if (limits.tokens !== undefined && tokens >= limits.tokens && reachedAtMs === undefined)
          if (state.lifecycle.kind === 'running')
            fail(`${tokens} tokens were used, the limit is ${limits.tokens}`);
        if (reachedAtMs === undefined || state.lifecycle.kind === 'closed') return;
        const { wrapUpMs } = world.stage.settings.timeouts;
        if (world.stage.queue.nowMs - reachedAtMs > wrapUpMs + 10_000)
          fail('the session goes on after its limit');
      },
    };
  },
};

/** What was to be said before a limit was reached is not said any more. */
const limitsDropSpeech: Invariant = {
  id: 'I26c',
  says: 'texts that were owed when a limit is reached are not said any more',
  watch(world, fail) {
    const dropped = new Set<string>();
    return {
      events: ['agent.say', 'guard.tripped'],
      onEvent({ event }) {
        if (event.type === 'agent.say') dropped.delete(event.text.trim());
        if (event.type === 'guard.tripped') dropped.delete(event.say ?? '');
      },
      effects: ['transport.send'],
      onEffect(effect) {
        if (effect.type !== 'transport.send' || effect.event.type !== 'response.create') return;
        const text = effect.event.response?.metadata?.['antiphon.say'] ?? '';
        if (dropped.has(text)) fail(`"${text}" is asked for, and was owed when a limit was reached`);
      },
      steps: ['limit'],
      onStep({ event, before, effects }) {
        const isReached = effects.some(
          (effect) => effect.type === 'notify' && effect.notice.type === 'limit' && effect.notice.reached,
        );
        if (!isReached) return;
        for (const request of before.owed) if (request.kind === 'say') dropped.add(request.text);
        dropped.delete(world.stage.settings.limits.wrapUp ?? '');
        // The same words may be under way: they are said to their end.
        const { response } = before;
        if ('request' in response && response.request?.kind === 'say') dropped.delete(response.request.text);
        // A text that was given up may have been under way: only the end of its response has told so.
        if (event.type === 'server.event' && event.event.type === 'response.done')
          dropped.delete(event.event.response.metadata?.['antiphon.say'] ?? '');
      },
    };
  },
};

/** Limits are announced. */
const limitsAreNear: Invariant = {
  id: 'I26b',
  says: 'that a limit is near is told once, before it is reached',
  watch(world, fail) {
    const near = new Set<string>();
    const { sessionMs } = world.stage.settings.limits;
    return {
      effects: ['limit'],
      onEffect(effect) {
        if (effect.type !== 'notify' || effect.notice.type !== 'limit') return;
        const { limit, reached } = effect.notice;
        const { nowMs } = world.stage.queue;
        if (!reached && near.has(limit)) fail(`that the limit of ${limit} is near is told twice`);
        if (!reached) near.add(limit);
        const isSudden = limit === 'tokens' || limit === 'usd' || limit === 'responses_without_user';
        if (reached && !isSudden && !near.has(limit)) fail(`the limit of ${limit} is reached unannounced`);
        if (limit !== 'session_minutes' || sessionMs === undefined || world.crashes.length > 0) return;
        const dueMs = reached ? sessionMs : sessionMs * 0.8;
        if (Math.abs(nowMs - dueMs) > 2) fail(`${limit} is told at ${nowMs} ms, it was due at ${dueMs} ms`);
      },
    };
  },
};

/** Neither responses nor calls go round in circles. */
const noCircles: Invariant = {
  id: 'I27',
  says: 'responses and calls without a word of the user come to an end',
  watch(world, fail) {
    const { limits } = world.stage.settings;
    const made = new Set<string>();
    const since = { responses: 0, calls: 0, total: 0 };
    let seen = 0;
    return {
      events: ['server.event', 'server.audio', 'user.text', 'user.speech_started', 'user.commit'],
      onEvent({ event }) {
        const spoken =
          event.type === 'server.event' &&
          (event.event.type === 'input_audio_buffer.committed' ||
            event.event.type === 'conversation.item.input_audio_transcription.completed' ||
            event.event.type === 'input_audio_buffer.speech_started');
        if (
          spoken ||
          event.type === 'user.text' ||
          event.type === 'user.speech_started' ||
          event.type === 'user.commit'
        ) {
          since.responses = 0;
          since.calls = 0;
        }
        // None is ever taken out.
        since.responses += world.ledger.responses.size - seen;
        seen = world.ledger.responses.size;
      },
      effects: ['tool.check', 'tool.start', 'transport.send', 'user_turn'],
      onEffect(effect) {
        // A text that was typed without a connection is a turn once there is one.
        if (effect.type === 'notify' && effect.notice.type === 'user_turn') {
          since.responses = 0;
          since.calls = 0;
        }
        if (effect.type === 'transport.send' && effect.event.type === 'response.create') {
          if (effect.event.response?.metadata?.['antiphon.say'] !== undefined) return;
          if (since.responses > limits.responsesWithoutUser)
            fail(`another answer after ${since.responses} responses without a word of the user`);
        }
        // One that has to be agreed to counts when it is made: it may run in a later turn, or not at all.
        if (effect.type !== 'tool.start' && effect.type !== 'tool.check') return;
        if (made.has(effect.callId)) return;
        made.add(effect.callId);
        since.calls++;
        since.total++;
        if (since.calls > limits.toolCallsPerTurn) fail(`${since.calls} calls between two turns of the user`);
        if (limits.toolCalls !== undefined && since.total > limits.toolCalls)
          fail(`${since.total} calls in the session`);
      },
    };
  },
};

/** Nobody is asked for ever whether they are there. */
const idleEnds: Invariant = {
  id: 'R27',
  says: 'the agent asks a silent user as often as its policy says, and no more',
  watch(world, fail) {
    let asked = 0;
    return {
      events: [
        'user.text',
        'user.speech_started',
        'user.speech_dropped',
        'user.commit',
        'user.interrupt',
        'input_audio_buffer.speech_started',
        'input_audio_buffer.committed',
        'conversation.item.input_audio_transcription.completed',
        'session.resume',
        'agent.say',
        'agent.handoff',
      ],
      onEvent({ event }) {
        const byServer =
          event.type === 'server.event' &&
          (event.event.type === 'input_audio_buffer.speech_started' ||
            event.event.type === 'input_audio_buffer.committed' ||
            event.event.type === 'conversation.item.input_audio_transcription.completed');
        if (event.type.startsWith('user.') || byServer || event.type === 'session.resume') asked = 0;
        if (event.type === 'agent.say' || event.type === 'agent.handoff') asked = 0;
      },
      effects: ['agent_changed', 'idle'],
      onEffect(effect) {
        if (effect.type === 'notify' && effect.notice.type === 'agent_changed') asked = 0;
        if (effect.type !== 'notify' || effect.notice.type !== 'idle') return;
        asked++;
        const policy = world.ledger.agents[world.ledger.current.agent]?.idle;
        if (policy === undefined) return fail('the user is asked though no policy says so');
        if (asked > policy.times) fail(`the user is asked ${asked} times, the policy says ${policy.times}`);
      },
    };
  },
};

export const limitInvariants: readonly Invariant[] = [
  limitsEnd,
  limitsDropSpeech,
  limitsAreNear,
  noCircles,
  idleEnds,
];
