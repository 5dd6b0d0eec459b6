import {
  type Announcer,
  type AudioSource,
  type Guard,
  initialState,
  type LocalTurns,
  type Provider,
  type SessionNotice,
  type SessionPorts,
  SessionRunner,
  type SessionSettings,
  type TurnListener,
} from '@antiphon/core';
import {
  ArraySource,
  fakeToolHost,
  RecordingSink,
  ScriptedProvider,
  type ScriptedProviderOptions,
  settlePromises,
  toolSpec,
  VirtualClock,
} from '@antiphon/testing';
import { describe, expect, it } from 'vitest';
import { createSessionCodec } from '../src/audio/session-codec.ts';
import { recordingLogger } from './support/recording-logger.ts';
import { agentSettings, sessionSettings } from './support/runner-settings.ts';

const pcm = { type: 'audio/pcm' } as const;

/** Twenty-millisecond frames whose samples are the number of the frame, in the time of the clock. */
function numberedSource(clock: VirtualClock, kind: AudioSource['kind'] = 'live') {
  const seen: { signal?: AbortSignal } = {};
  const inner = new ArraySource(
    Int16Array.from({ length: 480 * 3_000 }, (_, index) => Math.floor(index / 480)),
    { sampleRateHz: 24_000, clock, kind },
  );
  const source: AudioSource = {
    sampleRateHz: 24_000,
    kind,
    frames: (signal) => {
      seen.signal = signal;
      return inner.frames(signal);
    },
  };
  return { source, seen };
}

/** A scripted provider that keeps the numbers of the frames each connection was given. */
function hearingProvider(options: ScriptedProviderOptions = {}) {
  const scripted = new ScriptedProvider(options);
  const heard: number[][] = [];
  const provider: Provider = {
    name: scripted.name,
    connect(request, handlers) {
      const transport = scripted.connect(request, handlers);
      const frames: number[] = [];
      heard.push(frames);
      const { sendAudio } = transport;
      return Object.assign(transport, {
        sendAudio: (audio: Uint8Array) => {
          for (let at = 0; at < audio.byteLength; at += 960) {
            frames.push(new DataView(audio.buffer, audio.byteOffset + at).getInt16(0, true));
          }
          sendAudio(audio);
        },
      });
    },
    close: () => scripted.close(),
  };
  return { provider, scripted, heard };
}

function rig(
  options: {
    readonly settings?: Partial<SessionSettings>;
    readonly provider?: ScriptedProviderOptions;
    readonly ports?: Partial<SessionPorts>;
    readonly sourceKind?: AudioSource['kind'];
  } = {},
) {
  const clock = new VirtualClock();
  const logger = recordingLogger();
  const sink = new RecordingSink({ sampleRateHz: 24_000 });
  const hearing = hearingProvider(options.provider);
  const { source, seen } = numberedSource(clock, options.sourceKind);
  const settings = sessionSettings(options.settings);
  const runner = new SessionRunner(settings, {
    providers: () => hearing.provider,
    tools: fakeToolHost({ tools: {} }),
    source,
    sink,
    codec: createSessionCodec(pcm, pcm),
    clock,
    logger,
    ...options.ports,
  });
  const notices: SessionNotice[] = [];
  runner.observe((notice) => notices.push(notice));
  const typesOf = () => notices.map(({ type }) => type);
  return { clock, logger, sink, ...hearing, seen, runner, notices, typesOf };
}

async function started(options: Parameters<typeof rig>[0] = {}) {
  const made = rig(options);
  made.runner.dispatch({ type: 'session.start' });
  await settlePromises();
  return made;
}

/** Numbers in a row. */
function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

describe('a session over several connections', () => {
  it('moves its audio from one to the next without a gap', async () => {
    const { runner, clock, scripted, heard } = await started();
    await clock.pass(1_000);
    runner.dispatch({ type: 'session.reseat', reason: 'a test' });
    await clock.pass(200);
    expect(scripted.servers).toHaveLength(2);
    expect(scripted.servers[0]?.ended).toMatchObject({ code: 1000 });
    const [first = [], second = []] = heard;
    // The next connection is given the last moments again: words may be in them that no server has noticed.
    expect(first).toEqual(range(0, first.length));
    expect(second).toEqual(range(second[0] ?? 0, 60));
    expect(second[0]).toBeLessThanOrEqual(first.length);
  });

  it('gives what was said in an outage to the connection after it', async () => {
    const { clock, scripted, heard, typesOf, runner } = await started();
    await clock.pass(1_000);
    scripted.server.end({ code: 1006, reason: '' });
    await clock.pass(1_000);
    expect(typesOf()).toEqual(expect.arrayContaining(['connection_lost', 'connection_changed']));
    const [first, second] = heard;
    expect(first).toEqual(range(0, 50));
    expect(second?.at(-1)).toBe(99);
    expect(new Set([...(first ?? []), ...(second ?? [])]).size).toBe(100);
    expect(runner.inputAudio).toMatchObject({ droppedSamples: 0, sentSamples: 100 * 480, keptSamples: 0 });
  });

  it('gives an open turn to the next connection again', async () => {
    const { clock, scripted, heard } = await started();
    await clock.pass(400);
    scripted.server.send({
      type: 'input_audio_buffer.speech_started',
      item_id: 'item_1',
      audio_start_ms: 100,
    });
    await clock.pass(600);
    scripted.server.end({ code: 1006, reason: '' });
    await clock.pass(1_000);
    expect(heard[1]).toEqual(range(0, 100));
  });

  it('is told the tools of all its agents', async () => {
    const specs = { a: [toolSpec('one'), toolSpec('both')], b: [toolSpec('both'), toolSpec('two')] };
    const host = {
      ...fakeToolHost({ tools: {} }),
      specsOf: (name: string) => specs[name as 'a' | 'b'],
    };
    const { scripted } = await started({
      settings: { agents: { b: agentSettings(), a: agentSettings() } },
      ports: { tools: host },
    });
    const { agentName, tools } = scripted.server.request;
    expect([agentName, tools.map(({ name }) => name)]).toEqual(['a', ['one', 'both', 'two']]);
  });

  it('fails when its provider cannot be had', async () => {
    const { runner, clock } = await started({
      ports: { providers: () => Promise.reject(new Error('the model is not installed')) },
    });
    await clock.pass(60_000);
    expect(await runner.closed).toMatchObject({
      status: 'failed',
      error: { reason: expect.stringContaining('the model is not installed') },
    });
    expect(clock.pendingMs).toEqual([]);
  });

  it('waits for a provider that is being made', async () => {
    const scripted = new ScriptedProvider();
    const { typesOf, clock } = await started({ ports: { providers: async () => scripted } });
    await clock.pass(10);
    expect(typesOf()).toContain('ready');
  });

  it('goes on from a state that was kept', async () => {
    const settings = sessionSettings();
    const state = { ...initialState(settings), variables: { name: 'Ada' } };
    const runner = new SessionRunner(
      settings,
      {
        providers: () => new ScriptedProvider(),
        tools: fakeToolHost({ tools: {} }),
        source: undefined,
        sink: new RecordingSink({ sampleRateHz: 24_000 }),
        codec: createSessionCodec(pcm, pcm),
        clock: new VirtualClock(),
        logger: recordingLogger(),
      },
      { state },
    );
    expect(runner.state.variables).toEqual({ name: 'Ada' });
    expect(runner.inputAudio).toBeUndefined();
  });
});

describe('the voice of the process', () => {
  const failingScript: ScriptedProviderOptions['script'] = (event, server) => {
    if (event.type !== 'response.create') return;
    const response = { id: 'resp_1', output: [] };
    server.send(
      { type: 'response.created', response: { ...response, status: 'in_progress' } },
      {
        type: 'response.done',
        response: {
          ...response,
          status: 'failed',
          status_details: { type: 'failed', error: { type: 'server_error', code: 'x' } },
        },
      },
    );
  };
  const settings = { fallback: 'I cannot answer that now.' };

  it('says what the model cannot', async () => {
    const said: string[] = [];
    const announcer: Announcer = {
      speak: async (text) => {
        said.push(text);
        return { samples: new Int16Array(2_400).fill(7) };
      },
    };
    const { runner, clock, sink, notices } = await started({
      settings,
      provider: { script: failingScript },
      ports: { announcer },
    });
    runner.dispatch({ type: 'user.text', text: 'Hello' });
    await clock.pass(5_000);
    expect(said).toEqual(['I cannot answer that now.']);
    const done = notices.find((notice) => notice.type === 'audio_done');
    expect(done).toMatchObject({ heardMs: 100, receivedMs: 100 });
    expect(sink.samplesOf(done?.type === 'audio_done' ? done.itemId : '')).toEqual(
      new Int16Array(2_400).fill(7),
    );
  });

  it('may be missing', async () => {
    const { runner, clock, typesOf } = await started({ settings, provider: { script: failingScript } });
    runner.dispatch({ type: 'user.text', text: 'Hello' });
    await clock.pass(5_000);
    expect(typesOf()).toContain('settled');
    expect(runner.state.lifecycle.kind).toBe('running');
  });
});

describe('guards', () => {
  it('are asked what the agent says, and stop it', async () => {
    const guard: Guard = {
      name: 'no promises',
      on: 'output',
      check: async (text) => ({ ok: !text.includes('promise') }),
    };
    const { runner, clock, scripted, notices } = await started({
      settings: { agents: { a: agentSettings({ guards: { input: false, output: true } }) } },
      ports: { guards: () => [guard] },
    });
    runner.dispatch({ type: 'user.text', text: 'Hello' });
    await clock.pass(10);
    scripted.server.speak({ responseId: 'resp_1', itemId: 'item_1', text: 'I promise it.' });
    await clock.pass(100);
    expect(notices).toContainEqual({
      type: 'guard_tripped',
      guard: 'output',
      name: 'no promises',
      itemId: 'item_1',
    });
  });
});

describe('turns that are found on this side', () => {
  function handDetector() {
    const listeners: TurnListener[] = [];
    const turns: LocalTurns = {
      gate: 'turns',
      prefixPaddingMs: 100,
      openDetector: (listener) => {
        listeners.push(listener);
        return { push: () => undefined, abandon: () => {}, close: () => {} };
      },
    };
    return { turns, listener: () => listeners[0] };
  }

  it('are sent, committed and answered', async () => {
    const { turns, listener } = handDetector();
    const order: string[] = [];
    let soFar = () => 0;
    const { clock, heard, scripted } = await started({
      settings: { agents: { a: agentSettings({ turnTaking: 'manual' }) } },
      provider: { script: (event) => void order.push(`${event.type} after ${soFar()}`) },
      ports: { localTurns: () => turns },
    });
    soFar = () => heard[0]?.length ?? 0;
    await clock.pass(1_000);
    expect(heard[0]).toEqual([]);
    listener()?.detected({ kind: 'started', startMs: 800 });
    await clock.pass(500);
    listener()?.detected({ kind: 'ended', endMs: 1_500 });
    await clock.pass(500);
    expect(heard[0]).toEqual(range(40, 75));
    expect(order).toContain('input_audio_buffer.commit after 35');
    scripted.server.send({ type: 'input_audio_buffer.committed', item_id: 'item_1', previous_item_id: null });
    await clock.pass(10);
    expect(order.at(-1)).toMatch(/^response\.create/);
  });

  it('wait in an outage, and are committed over the next connection', async () => {
    const { turns, listener } = handDetector();
    const { clock, heard, scripted } = await started({
      settings: { agents: { a: agentSettings({ turnTaking: 'manual' }) } },
      ports: { localTurns: () => turns },
    });
    await clock.pass(1_000);
    listener()?.detected({ kind: 'started', startMs: 800 });
    scripted.server.end({ code: 1006, reason: '' });
    await settlePromises();
    listener()?.detected({ kind: 'ended', endMs: 1_000 });
    await clock.pass(1_000);
    expect(heard[1]).toEqual(range(40, 50));
    expect(scripted.server.of('input_audio_buffer.commit')).toHaveLength(1);
  });

  it('are dropped when they were none', async () => {
    const { turns, listener } = handDetector();
    const { clock, scripted } = await started({
      settings: { agents: { a: agentSettings({ turnTaking: 'manual' }) } },
      ports: { localTurns: () => turns },
    });
    await clock.pass(1_000);
    listener()?.detected({ kind: 'started', startMs: 800 });
    listener()?.detected({ kind: 'dropped', endMs: 1_000 });
    await clock.pass(10);
    expect(scripted.server.of('input_audio_buffer.clear')).toHaveLength(1);
  });
});

describe('the end of a session', () => {
  it('leaves nothing behind', async () => {
    const signals: AbortSignal[] = [];
    const { runner, clock, scripted, seen, sink } = await started({
      settings: { agents: { a: agentSettings({ guards: { input: false, output: true } }) } },
      ports: {
        guards: () => [
          {
            name: 'slow',
            on: 'output',
            check: (_text, { signal }) => {
              signals.push(signal);
              return new Promise(() => {});
            },
          },
        ],
      },
    });
    await clock.pass(500);
    runner.dispatch({ type: 'session.reseat', reason: 'a test' });
    runner.dispatch({ type: 'user.text', text: 'Hello' });
    await settlePromises();
    scripted.servers[0]?.speak({ responseId: 'resp_1', itemId: 'item_1', text: 'Well.' });
    await settlePromises();
    runner.dispatch({ type: 'session.close', mode: 'cancel', reason: 'a test' });
    await runner.closed;
    expect(scripted.servers).toHaveLength(2);
    expect(scripted.servers.map(({ ended }) => ended?.code)).toEqual([1000, 1000]);
    expect(seen.signal?.aborted).toBe(true);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(sink.closed).toBe(true);
    expect(clock.pendingMs).toEqual([]);
    const steps: unknown[] = [];
    runner.inspect((inspection) => steps.push(...inspection.effects));
    runner.dispatch({ type: 'user.commit' });
    runner.dispatch({ type: 'user.text', text: 'Still there?' });
    await clock.pass(10_000);
    expect(steps).toEqual([]);
  });

  it('does not depend on a sink that cannot be closed', async () => {
    const sink = new RecordingSink({ sampleRateHz: 24_000 });
    sink.close = () => {
      throw new Error('stuck');
    };
    const { runner } = await started({ ports: { sink, source: undefined } });
    runner.dispatch({ type: 'session.close', mode: 'cancel', reason: 'a test' });
    expect(await runner.closed).toMatchObject({ status: 'completed' });
  });
});
