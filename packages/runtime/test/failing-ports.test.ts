import {
  type AudioSink,
  type Provider,
  type SessionNotice,
  type SessionPorts,
  SessionRunner,
} from '@antiphon/core';
import {
  ArraySource,
  fakeToolHost,
  RecordingSink,
  ScriptedProvider,
  type ScriptedProviderOptions,
  VirtualClock,
} from '@antiphon/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSessionCodec } from '../src/audio/session-codec.ts';
import { recordingLogger } from './support/recording-logger.ts';
import { agentSettings, sessionSettings } from './support/runner-settings.ts';

const pcm = { type: 'audio/pcm' } as const;

const agent = agentSettings({ guards: { input: false, output: true } });

const settings = sessionSettings({
  agents: { a: agent, b: { ...agent, turnTaking: 'manual' } },
  fallback: 'Sorry.',
});

function failure(): never {
  throw new Error('on purpose');
}

/** A running session, some of whose ports fail. */
async function started(
  options: {
    readonly ports?: Partial<SessionPorts>;
    readonly provider?: (made: ScriptedProvider) => Provider;
    readonly script?: ScriptedProviderOptions['script'];
  } = {},
) {
  const clock = new VirtualClock();
  const logger = recordingLogger();
  const scripted = new ScriptedProvider(options.script && { script: options.script });
  const provider = options.provider?.(scripted) ?? scripted;
  const source = new ArraySource(new Int16Array(24_000 * 60), { sampleRateHz: 24_000, clock, kind: 'live' });
  const runner = new SessionRunner(settings, {
    providers: () => provider,
    tools: fakeToolHost({ tools: {} }),
    source,
    sink: new RecordingSink({ sampleRateHz: 24_000, clock }),
    codec: createSessionCodec(pcm, pcm),
    clock,
    logger,
    ...options.ports,
  });
  const notices: SessionNotice[] = [];
  runner.observe((notice) => notices.push(notice));
  runner.dispatch({ type: 'session.start' });
  await clock.pass(200);
  const typesOf = () => notices.map(({ type }) => type);
  return { runner, clock, logger, scripted, notices, typesOf };
}

/** A sink of which some things fail. */
function sinkThat(failing: Partial<AudioSink>): AudioSink {
  return {
    sampleRateHz: 24_000,
    write: () => {},
    endPart: () => {},
    flush: () => {},
    onProgress: () => {},
    close: async () => {},
    ...failing,
  };
}

/** The provider, with a change to each of its connections. */
function changed(
  scripted: ScriptedProvider,
  change: (transport: ReturnType<Provider['connect']>, connection: number) => void,
): Provider {
  let connections = 0;
  return {
    name: scripted.name,
    connect(request, handlers) {
      const transport = scripted.connect(request, handlers);
      change(transport, ++connections);
      return transport;
    },
    close: () => scripted.close(),
  };
}

const rejections: unknown[] = [];
const note = (error: unknown): void => void rejections.push(error);

describe('a session whose ports fail', () => {
  beforeEach(() => {
    rejections.length = 0;
    process.on('unhandledRejection', note);
  });

  afterEach(() => {
    process.off('unhandledRejection', note);
    expect(rejections).toEqual([]);
  });

  it.each(['send', 'sendAudio'] as const)(
    'takes a connection that throws in %s for a lost one',
    async (what) => {
      let isBroken = false;
      const { clock, scripted, runner, notices, typesOf } = await started({
        provider: (made) =>
          changed(made, (transport, connection) => {
            const original = transport[what].bind(transport) as (value: never) => void;
            Object.assign(transport, {
              [what]: (value: never) => (isBroken && connection === 1 ? failure() : original(value)),
            });
          }),
      });
      isBroken = true;
      runner.dispatch({ type: 'user.text', text: 'hello' });
      await clock.pass(2_000);
      expect(typesOf()).toContain('connection_lost');
      expect(notices.find(({ type }) => type === 'connection_changed')).toMatchObject({ why: 'lost' });
      expect(scripted.servers).toHaveLength(2);
      expect(scripted.servers[0]?.ended).toBeDefined();
    },
  );

  it('ends when its voice cannot be played', async () => {
    const sink = sinkThat({ write: failure });
    const { runner, clock, scripted, logger } = await started({ ports: { sink } });
    scripted.server.send({ type: 'response.created', response: response('in_progress') });
    scripted.server.sendMessage(sound(4_800));
    await clock.pass(100);
    await expect(runner.closed).resolves.toMatchObject({ reason: 'the audio sink failed' });
    expect(logger.lines).toContain('error: the audio sink failed');
  });

  it('goes on after a flush that fails', async () => {
    const sink = sinkThat({ flush: failure });
    const { runner, clock, scripted } = await started({ ports: { sink } });
    scripted.server.send({ type: 'response.created', response: response('in_progress') });
    scripted.server.sendMessage(sound(48_000));
    await clock.pass(100);
    runner.dispatch({ type: 'user.interrupt' });
    await clock.pass(100);
    expect(runner.state.playout).toEqual({ kind: 'playing', parts: [] });
  });

  it('does not wait without end for a sink to close', async () => {
    const sink = sinkThat({ close: () => new Promise(() => {}) });
    const { runner, clock } = await started({ ports: { sink } });
    runner.dispatch({ type: 'session.close', mode: 'cancel', reason: 'a test' });
    await clock.pass(10_000);
    await expect(runner.closed).resolves.toMatchObject({ reason: 'a test' });
    expect(clock.pendingMs).toEqual([]);
  });

  it.each(['push', 'drain', 'close'] as const)('leaves a filter out that throws in %s', async (what) => {
    const conditioner = () => ({
      push: (samples: Int16Array) => samples,
      drain: () => new Int16Array(0),
      close: () => {},
      [what]: failure,
    });
    const { runner, clock, typesOf } = await started({ ports: { conditioner } });
    runner.dispatch({ type: 'agent.handoff', agent: 'b' });
    await clock.pass(500);
    expect(runner.state.agent).toBe('b');
    expect(typesOf()).not.toContain('closed');
    runner.dispatch({ type: 'session.close', mode: 'cancel', reason: 'a test' });
    await clock.pass(100);
    await expect(runner.closed).resolves.toMatchObject({ reason: 'a test' });
  });

  it('ends when the turns of another agent cannot be found', async () => {
    const { runner, clock, logger } = await started({
      ports: {
        localTurns: (name) =>
          name === 'a' ? undefined : { gate: 'turns', prefixPaddingMs: 0, openDetector: failure },
      },
    });
    runner.dispatch({ type: 'agent.handoff', agent: 'b' });
    await clock.pass(500);
    await expect(runner.closed).resolves.toMatchObject({ reason: 'the detection of turns failed' });
    expect(logger.lines).toContain('error: the detection of turns failed');
  });

  it('opens no detector after its end', async () => {
    let open = 0;
    const openDetector = () => {
      open += 1;
      return { push: () => undefined, abandon: () => {}, close: () => void (open -= 1) };
    };
    const { runner, clock } = await started({
      ports: { localTurns: () => ({ gate: 'turns', prefixPaddingMs: 0, openDetector }) },
    });
    runner.dispatch({ type: 'user.speech_started' });
    runner.dispatch({ type: 'agent.handoff', agent: 'b' });
    runner.dispatch({ type: 'session.close', mode: 'cancel', reason: 'a test' });
    runner.dispatch({ type: 'user.commit' });
    await clock.pass(100);
    expect(open).toBe(0);
  });

  it('goes on with a logger that fails, when there is something to log', async () => {
    const logger = { debug: failure, info: failure, warn: failure, error: failure };
    const { runner, clock, scripted } = await started({
      ports: { logger, sink: sinkThat({ flush: failure }) },
    });
    scripted.server.send({ type: 'response.created', response: response('in_progress') });
    scripted.server.sendMessage(sound(48_000));
    await clock.pass(100);
    runner.dispatch({ type: 'user.interrupt' });
    runner.dispatch({ type: 'user.text', text: 'still there?' });
    await clock.pass(100);
    expect(runner.state.playout).toEqual({ kind: 'playing', parts: [] });
    expect(scripted.server.of('conversation.item.create')).toHaveLength(1);
  });

  it('goes on with an announcer that says nothing', async () => {
    const announcer = { speak: async () => ({}) as never };
    const { clock, scripted, notices } = await started({ ports: { announcer } });
    scripted.server.send({ type: 'response.created', response: response('in_progress') });
    scripted.server.send({ type: 'response.done', response: response('failed') });
    await clock.pass(5_000);
    expect(notices).toContainEqual(expect.objectContaining({ code: 'announcement.failed' }));
  });

  it('lets a text pass of which a guard says nothing', async () => {
    const guard = { name: 'mute', on: 'output' as const, check: async () => undefined as never };
    const { clock, scripted, typesOf, logger } = await started({ ports: { guards: () => [guard] } });
    scripted.server.send({ type: 'response.created', response: response('in_progress') });
    scripted.server.send({
      type: 'response.output_audio_transcript.done',
      response_id: 'resp_1',
      item_id: 'item_1',
      output_index: 0,
      content_index: 0,
      transcript: 'Hello.',
    });
    await clock.pass(100);
    expect(typesOf()).not.toContain('guard_tripped');
    expect(logger.lines).toContain('warn: a guard failed: the text passes');
  });
});

function sound(byteLength: number) {
  return {
    kind: 'audio' as const,
    responseId: 'resp_1',
    itemId: 'item_1',
    outputIndex: 0,
    contentIndex: 0,
    audio: new Uint8Array(byteLength),
  };
}

function response(status: 'in_progress' | 'failed') {
  return {
    object: 'realtime.response' as const,
    id: 'resp_1',
    status,
    status_details: null,
    output: [],
    metadata: null,
    usage: null,
  };
}
