import {
  type Clock,
  decodeServerEvent,
  type Logger,
  type Provider,
  type SessionSettings,
  type Transport,
} from '@antiphon/core';
import { ProcessCalls } from '@antiphon/tools';
import { assembleSession, type SessionParts } from './session-parts.ts';

const ignore = (): void => {};
const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
/** Time that stands still: nothing of a rehearsal waits. */
const noTime: Clock = { nowMs: () => 0, wallMs: () => 0, setTimer: () => ignore };

/** What a server says at the beginning, in the shape of the hosted service. */
const session = {
  type: 'realtime',
  id: 'rehearsal',
  model: 'rehearsal',
  audio: { input: { format: { type: 'audio/pcm', rate: 24_000 } }, output: { voice: 'x' } },
};
const created = JSON.stringify({ type: 'session.created', session });
const updated = JSON.stringify({ type: 'session.updated', session });

/**
 * Goes through the beginning of a session with a server that is not there, so that the first caller does not wait for
 * code to be compiled. Touches nothing outside: no time, no network, no tool.
 */
export async function rehearse(parts: SessionParts, settings: SessionSettings): Promise<void> {
  const { program, providers } = parts;
  const own: SessionParts = {
    program,
    providers: {
      get: async () => echo,
      made: () => echo,
      isHosted: () => true,
      callIdOf: () => undefined,
      hasFixedSettings: (name) => providers.hasFixedSettings(name),
      rejectedSettingsOf: (name) => providers.rejectedSettingsOf(name),
      voiceOf: (name) => providers.voiceOf(name),
      sessionLimitMsOf: (name) => providers.sessionLimitMsOf(name),
    },
    announcer: undefined,
    localTurns: () => undefined,
    toolCalls: new ProcessCalls(noTime),
    clock: noTime,
    ids: { nextId: (prefix) => `${prefix}_rehearsal` },
    logger: silent,
  };
  const { runner } = assembleSession(own, settings, {});
  const ready = new Promise<void>((resolve) => {
    runner.observe(({ type }) => (type === 'ready' || type === 'closed') && resolve());
  });
  runner.dispatch({ type: 'session.start' });
  await ready;
  runner.dispatch({ type: 'session.close', mode: 'cancel', reason: 'rehearsed' });
  await runner.closed;
}

/** A server that agrees to everything. */
const echo: Provider = {
  name: 'rehearsal',
  connect(_request, handlers): Transport {
    const say = (frame: string): void => queueMicrotask(() => handlers.onMessage(decodeServerEvent(frame)));
    queueMicrotask(() => handlers.onOpen());
    say(created);
    return {
      bufferedBytes: 0,
      send: ({ type }) => type === 'session.update' && say(updated),
      sendAudio: ignore,
      close: (code, reason) => queueMicrotask(() => handlers.onClose({ code, reason })),
    };
  },
  close: async () => {},
};
