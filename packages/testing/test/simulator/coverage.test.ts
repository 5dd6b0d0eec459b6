import type { Effect, ServerEvent, SessionEvent, SessionNotice, TimerId } from '@antiphon/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { runSchedule, seedOfSchedule } from '../../src/index.ts';

/** `drawn`: the world brings it about. Else why it does not. */
type Drawn<Name extends string> = Readonly<Record<Name, 'drawn' | `not drawn: ${string}`>>;

type TimerKind = TimerId extends infer Id ? (Id extends `${infer Kind}:${string}` ? Kind : Id) : never;

const events: Drawn<SessionEvent['type']> = {
  'session.start': 'drawn',
  'session.resume': 'drawn',
  'session.close': 'drawn',
  'session.reseat': 'drawn',
  'user.text': 'drawn',
  'user.speech_started': 'drawn',
  'user.speech_dropped': 'drawn',
  'user.commit': 'drawn',
  'user.interrupt': 'drawn',
  'agent.say': 'drawn',
  'agent.note': 'drawn',
  'agent.handoff': 'drawn',
  'recording.pause': 'drawn',
  'recording.resume': 'drawn',
  'recording.allow': 'drawn',
  'agents.revised': 'drawn',
  'approval.given': 'drawn',
  'variables.set': 'drawn',
  'transport.opened': 'drawn',
  'transport.closed': 'drawn',
  'server.event': 'drawn',
  'server.invalid': 'drawn',
  'server.leaving': 'drawn',
  'server.calls_withdrawn': 'drawn',
  'server.audio': 'drawn',
  'playout.progress': 'drawn',
  'playout.flushed': 'drawn',
  'announcement.audio': 'drawn',
  'announcement.failed': 'drawn',
  'tool.checked': 'drawn',
  'tool.settled': 'drawn',
  'tool.progress': 'drawn',
  'tool.client_called': 'drawn',
  'tool.client_settled': 'drawn',
  'tool.spent': 'drawn',
  'tool.report': 'drawn',
  'guard.tripped': 'drawn',
  'timer.fired': 'drawn',
};

const effects: Drawn<Effect['type']> = {
  'transport.open': 'drawn',
  'transport.send': 'drawn',
  'transport.close': 'drawn',
  'source.route': 'drawn',
  'source.detach': 'drawn',
  'source.hold': 'drawn',
  'source.release': 'drawn',
  'source.commit': 'drawn',
  'source.mark': 'drawn',
  'source.forget': 'drawn',
  'sink.write': 'drawn',
  'sink.end_part': 'drawn',
  'sink.flush': 'drawn',
  announce: 'drawn',
  'tool.check': 'drawn',
  'tool.start': 'drawn',
  'tool.cancel': 'drawn',
  'guard.check': 'drawn',
  'timer.start': 'drawn',
  'timer.cancel': 'drawn',
  notify: 'drawn',
};

const elsewhere =
  'not drawn: only where the sound of a call flows elsewhere, which the tests of remote calls go through';

const timers: Drawn<TimerKind> = {
  connect: 'drawn',
  backoff: 'drawn',
  outage: 'drawn',
  healthy: 'drawn',
  response: 'drawn',
  'response.retry': 'drawn',
  stall: 'drawn',
  commit: 'drawn',
  idle: 'drawn',
  dead_air: 'drawn',
  limit: 'drawn',
  meter: 'drawn',
  drain: 'drawn',
  playout: elsewhere,
  consent: 'drawn',
  rollover: 'drawn',
  'rollover.force': 'drawn',
  call: 'drawn',
  filler: 'drawn',
  stale: 'drawn',
  approval: 'drawn',
};

const notices: Drawn<SessionNotice['type']> = {
  connected: 'drawn',
  ready: 'drawn',
  connection_lost: 'drawn',
  connection_changed: 'drawn',
  provider_changed: 'drawn',
  agent_changed: 'drawn',
  dead_air: 'drawn',
  idle: 'drawn',
  speech_resumed: 'drawn',
  guard_tripped: 'drawn',
  recording: 'drawn',
  limit: 'drawn',
  activity: 'drawn',
  settled: 'drawn',
  speech_started: 'drawn',
  speech_stopped: 'drawn',
  user_turn: 'drawn',
  key_pressed: 'drawn',
  transcript: 'drawn',
  transcript_failed: 'drawn',
  response_started: 'drawn',
  response_output: 'drawn',
  response_done: 'drawn',
  usage: 'drawn',
  audio_started: 'drawn',
  audio_done: 'drawn',
  tool_started: 'drawn',
  tool_settled: 'drawn',
  tool_background: 'drawn',
  tool_progress: 'drawn',
  client_tool_called: 'drawn',
  client_tool_cancelled: 'drawn',
  note: 'drawn',
  approval_requested: 'drawn',
  approval_settled: 'drawn',
  warning: 'drawn',
  closed: 'drawn',
};

const inert = 'not drawn: the session does nothing with it';

const said: Drawn<ServerEvent['type']> = {
  error: 'drawn',
  'session.created': 'drawn',
  'session.updated': 'drawn',
  'rate_limits.updated': inert,
  'conversation.created': inert,
  'conversation.item.created': 'drawn',
  'conversation.item.added': 'drawn',
  'conversation.item.done': 'drawn',
  'conversation.item.retrieved': elsewhere,
  'conversation.item.truncated': 'drawn',
  'conversation.item.deleted': 'drawn',
  'conversation.item.input_audio_transcription.delta': 'drawn',
  'conversation.item.input_audio_transcription.completed': 'drawn',
  'conversation.item.input_audio_transcription.failed': 'drawn',
  'conversation.item.input_audio_transcription.segment': inert,
  'input_audio_buffer.speech_started': 'drawn',
  'input_audio_buffer.speech_stopped': 'drawn',
  'input_audio_buffer.committed': 'drawn',
  'input_audio_buffer.cleared': 'drawn',
  'input_audio_buffer.timeout_triggered': inert,
  'input_audio_buffer.dtmf_event_received': 'drawn',
  'output_audio_buffer.started': elsewhere,
  'output_audio_buffer.stopped': elsewhere,
  'output_audio_buffer.cleared': elsewhere,
  'response.created': 'drawn',
  'response.done': 'drawn',
  'response.output_item.added': 'drawn',
  'response.output_item.done': 'drawn',
  'response.content_part.added': 'drawn',
  'response.content_part.done': 'drawn',
  'response.output_text.delta': 'drawn',
  'response.output_text.done': 'drawn',
  'response.output_audio_transcript.delta': 'drawn',
  'response.output_audio_transcript.done': 'drawn',
  'response.output_audio.delta': 'not drawn: its sound goes past the session, which is told `server.audio`',
  'response.output_audio.done': 'drawn',
  'response.function_call_arguments.delta': inert,
  'response.function_call_arguments.done': 'drawn',
  'response.mcp_call_arguments.delta': inert,
  'response.mcp_call_arguments.done': inert,
  'response.mcp_call.in_progress': inert,
  'response.mcp_call.completed': inert,
  'response.mcp_call.failed': inert,
  'mcp_list_tools.in_progress': inert,
  'mcp_list_tools.completed': inert,
  'mcp_list_tools.failed': inert,
};

describe('the world of a schedule', () => {
  const seen = new Map<string, Set<string>>();
  const note = (list: string, name: string) => {
    const names = seen.get(list) ?? new Set();
    seen.set(list, names.add(name));
  };

  beforeAll(() => {
    for (let index = 0; index < 450; index++) {
      runSchedule({
        seed: seedOfSchedule(3, index),
        invariants: [],
        onStep: ({ event, effects: asked }) => {
          note('events', event.type);
          if (event.type === 'server.event') note('server events', event.event.type);
          if (event.type === 'timer.fired') note('timers', event.timer.split(':')[0] ?? '');
          for (const effect of asked) {
            note('effects', effect.type);
            if (effect.type === 'notify') note('notices', effect.notice.type);
          }
        },
      });
    }
  }, 120_000);

  it.each([
    ['events', events],
    ['server events', said],
    ['timers', timers],
    ['effects', effects],
    ['notices', notices],
  ])('brings about all %s of a session but those that it says why', (list, table: Drawn<string>) => {
    const missing = Object.entries(table).filter(
      ([name, drawn]) => (drawn === 'drawn') !== (seen.get(list)?.has(name) ?? false),
    );
    expect(missing).toEqual([]);
  });

  it('has questions read aloud with no number that they do not have: none of them would be heard whole', () => {
    const read: string[] = [];
    for (let index = 0; index < 40; index++) {
      runSchedule({
        seed: seedOfSchedule(3, index),
        profile: 'consents',
        invariants: [],
        onStep: ({ event }) => {
          if (event.type !== 'server.event') return;
          if (event.event.type === 'response.output_audio_transcript.done') read.push(event.event.transcript);
        },
      });
    }
    const questions = read.filter((text) => /Run \w+, shall I\?/.test(text));
    expect(questions.length).toBeGreaterThan(5);
    expect(questions.filter((text) => /\d/.test(text.replace(/Run \w+, shall I\?/, '')))).toEqual([]);
  });
});
