import {
  type AgentSettings,
  defaultLimits,
  defaultReconnect,
  type Effect,
  initialState,
  type SessionEvent,
  type SessionSettings,
  type SessionState,
  type TimerId,
  type ToolPolicy,
  transition,
} from '@antiphon/core';

/** What a test changes of the settings: of the session, and of its one agent. */
export type SettingsChange = Partial<SessionSettings> & Partial<AgentSettings>;

const testAgent: AgentSettings = {
  session: { type: 'realtime', instructions: 'Help.' },
  turnTaking: 'server_answers',
  interruptible: true,
  tools: [],
  handoffs: {},
  greeting: undefined,
  idle: undefined,
  deadAir: undefined,
  resumeFalseInterruption: true,
  guards: { input: false, output: false },
};

function isOfAgent(key: string): boolean {
  return key === 'consentWords' || key === 'hosted' || Object.hasOwn(testAgent, key);
}

/** Settings of a session in tests; PCM16 at 24 kHz, the server ends turns and answers them. */
export function testSettings(changes: SettingsChange = {}): SessionSettings {
  const agent = Object.fromEntries(
    Object.entries({ ...testAgent, ...changes }).filter(([key]) => isOfAgent(key)),
  ) as unknown as AgentSettings;
  const session = Object.fromEntries(Object.entries(changes).filter(([key]) => !isOfAgent(key)));
  return {
    sessionId: 'sess_test',
    agentName: 'concierge',
    agents: { concierge: agent },
    providers: [{ name: 'scripted', voice: undefined, sessionLimitMs: undefined }],
    outputBytesPerMs: 48,
    responseRetries: 2,
    fallback: undefined,
    historyItems: 500,
    variables: {},
    limits: defaultLimits,
    reconnect: defaultReconnect,
    timeouts: {
      connectMs: 1_000,
      speechMs: 60_000,
      responseMs: 2_000,
      stallMs: 5_000,
      callItemMs: 100,
      drainMs: 3_000,
      wrapUpMs: 4_000,
    },
    seed: 1,
    ...session,
  };
}

/** A tool's policy in tests. */
export function testTool(name: string, changes: Partial<ToolPolicy> = {}): ToolPolicy {
  return {
    name,
    onInterrupt: 'keep',
    start: 'now',
    reply: 'now',
    idempotent: false,
    filler: undefined,
    ...changes,
  };
}

/** A session driven by hand: every event is answered by its effects. */
export class SessionDriver {
  state: SessionState;
  #events = 0;

  constructor(changes: SettingsChange = {}) {
    this.state = initialState(testSettings(changes));
  }

  /** Takes an event; returns the effects. */
  on(event: SessionEvent): readonly Effect[] {
    const [state, effects] = transition(this.state, event);
    this.state = state;
    return effects;
  }

  /** The connection being made, until it stands by; else the one in use. */
  get epoch(): number {
    const { connection, successor } = this.state;
    return 'epoch' in successor && successor.kind !== 'standby' ? successor.epoch : connection.epoch;
  }

  /** Takes a server event of the current connection. */
  server(event: { readonly type: string } & Readonly<Record<string, unknown>>): readonly Effect[] {
    return this.on({
      type: 'server.event',
      epoch: this.epoch,
      event: { event_id: `event_${++this.#events}`, ...event } as never,
    });
  }

  /** Audio of a response. */
  audio(responseId: string, itemId: string, ms: number): readonly Effect[] {
    const byteLength = ms * this.state.settings.outputBytesPerMs;
    return this.on({
      type: 'server.audio',
      epoch: this.epoch,
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
    this.opened();
    this.server({ type: 'session.created', session: { id: 'sess_p' } });
    this.server({ type: 'session.updated', session: {} });
    return this;
  }

  /** The server confirms the items that were sent. */
  confirm(effects: readonly Effect[]): void {
    for (const event of sentEvents(effects, 'conversation.item.create')) {
      this.server({ type: 'conversation.item.added', item: event['item'] });
    }
  }

  /** The connection being made is open. */
  opened(): readonly Effect[] {
    return this.on({ type: 'transport.opened', epoch: this.epoch });
  }

  /** The connection of {@link epoch} ends. */
  lost(code = 1006, cause?: string): readonly Effect[] {
    return this.on({ type: 'transport.closed', epoch: this.epoch, code, reason: '', cause });
  }

  /** A timer fires. */
  fired(timer: TimerId): readonly Effect[] {
    return this.on({ type: 'timer.fired', timer });
  }

  /** The connection being made introduces itself and agrees; returns what its taking over leads to. */
  agreed(): readonly Effect[] {
    this.opened();
    this.server({ type: 'session.created', session: { id: 'sess_next' } });
    return this.server({ type: 'session.updated', session: {} });
  }

  /** A spoken turn of the user, up to its commit. */
  spoken(itemId: string): readonly Effect[] {
    this.server({ type: 'input_audio_buffer.speech_started', item_id: itemId, audio_start_ms: 0 });
    this.server({ type: 'input_audio_buffer.speech_stopped', item_id: itemId, audio_end_ms: 900 });
    return this.server({ type: 'input_audio_buffer.committed', item_id: itemId, previous_item_id: null });
  }

  /** A response that is announced. */
  created(responseId: string, more: Readonly<Record<string, unknown>> = {}): readonly Effect[] {
    const response = { id: responseId, status: 'in_progress', ...more };
    return this.server({ type: 'response.created', response });
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
