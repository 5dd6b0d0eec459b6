import {
  type Effect,
  initialState,
  type SessionEvent,
  type SessionSettings,
  type SessionState,
  transition,
} from '@antiphon/core';

/** Settings of a session in tests; PCM16 at 24 kHz, the server ends turns and answers them. */
export function testSettings(changes: Partial<SessionSettings> = {}): SessionSettings {
  return {
    sessionId: 'sess_test',
    agentName: 'concierge',
    session: { type: 'realtime', instructions: 'Help.' },
    turnTaking: 'server_answers',
    interruptible: true,
    outputBytesPerMs: 48,
    tools: [],
    greeting: undefined,
    responseRetries: 2,
    historyItems: 500,
    timeouts: { connectMs: 1_000, responseMs: 2_000, callItemMs: 100, drainMs: 3_000 },
    ...changes,
  };
}

/** A session driven by hand: every event is answered by its effects. */
export class SessionDriver {
  state: SessionState;

  constructor(changes: Partial<SessionSettings> = {}) {
    this.state = initialState(testSettings(changes));
  }

  /** Takes an event; returns the effects. */
  on(event: SessionEvent): readonly Effect[] {
    const [state, effects] = transition(this.state, event);
    this.state = state;
    return effects;
  }

  /** Takes a server event of the current connection. */
  server(event: { readonly type: string } & Readonly<Record<string, unknown>>): readonly Effect[] {
    return this.on({
      type: 'server.event',
      epoch: this.state.connection.epoch,
      event: { event_id: 'event_test', ...event } as never,
    });
  }

  /** Audio of a response. */
  audio(responseId: string, itemId: string, ms: number): readonly Effect[] {
    const byteLength = ms * this.state.settings.outputBytesPerMs;
    return this.on({
      type: 'server.audio',
      epoch: this.state.connection.epoch,
      responseId,
      itemId,
      contentIndex: 0,
      byteLength,
    });
  }

  played(itemId: string, playedMs: number): readonly Effect[] {
    return this.on({ type: 'playout.progress', itemId, contentIndex: 0, playedMs });
  }

  /** Connects and configures. */
  ready(): this {
    this.on({ type: 'session.start' });
    this.server({ type: 'session.created', session: { id: 'sess_p' } });
    this.server({ type: 'session.updated', session: {} });
    return this;
  }

  /** A spoken turn of the user, up to its commit. */
  spoken(itemId: string): readonly Effect[] {
    this.server({ type: 'input_audio_buffer.speech_started', item_id: itemId, audio_start_ms: 0 });
    this.server({ type: 'input_audio_buffer.speech_stopped', item_id: itemId, audio_end_ms: 900 });
    return this.server({ type: 'input_audio_buffer.committed', item_id: itemId, previous_item_id: null });
  }

  /** A response that is announced. */
  created(responseId: string): readonly Effect[] {
    return this.server({ type: 'response.created', response: { id: responseId, status: 'in_progress' } });
  }

  done(
    responseId: string,
    status = 'completed',
    more: Readonly<Record<string, unknown>> = {},
  ): readonly Effect[] {
    return this.server({ type: 'response.done', response: { id: responseId, status, output: [], ...more } });
  }

  /** A function call, up to its completed item. */
  call(responseId: string, callId: string, name: string, argumentsJson = '{}'): readonly Effect[] {
    const item = { id: `item_${callId}`, type: 'function_call', call_id: callId, name };
    this.server({
      type: 'response.output_item.added',
      response_id: responseId,
      output_index: 0,
      item: { ...item, status: 'in_progress', arguments: '' },
    });
    return this.server({
      type: 'response.output_item.done',
      response_id: responseId,
      output_index: 0,
      item: { ...item, status: 'completed', arguments: argumentsJson },
    });
  }

  settle(callId: string, output = 'done'): readonly Effect[] {
    return this.on({
      type: 'tool.settled',
      callId,
      outcome: { status: 'completed', arguments: {}, output, outputText: output, elapsedMs: 1 },
    });
  }
}

/** The types of the client events among effects. */
export function sent(effects: readonly Effect[]): readonly string[] {
  return effects.flatMap((effect) => (effect.type === 'transport.send' ? [effect.event.type] : []));
}

/** The client events of one type among effects. */
export function sentEvents(
  effects: readonly Effect[],
  type: string,
): readonly Readonly<Record<string, unknown>>[] {
  return effects.flatMap((effect) =>
    effect.type === 'transport.send' && effect.event.type === type ? [effect.event as never] : [],
  );
}

/** The notices of one type among effects. */
export function notices(
  effects: readonly Effect[],
  type: string,
): readonly Readonly<Record<string, unknown>>[] {
  return effects.flatMap((effect) =>
    effect.type === 'notify' && effect.notice.type === type ? [effect.notice as never] : [],
  );
}

/** The types of the effects that are no notices. */
export function asked(effects: readonly Effect[]): readonly string[] {
  return effects.flatMap((effect) => (effect.type === 'notify' ? [] : [effect.type]));
}
