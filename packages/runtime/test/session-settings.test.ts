import { type AgentConfig, parseAgentsFile, type ToolSpec } from '@antiphon/core';
import { toolSpec } from '@antiphon/testing';
import { describe, expect, it } from 'vitest';
import { handoffSpecs, reachableAgents } from '../src/session/handoff-tools.ts';
import { type SessionPlan, sessionSettings } from '../src/session/session-settings.ts';
import { sessionUpdate } from '../src/session/wire-session.ts';

/** The checked agent of a file whose agent has these lines. */
function agentOf(lines: string): AgentConfig {
  const indented = lines
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
  const text = `version: 1\ndefault_agent: a\nagents:\n  a:\n    instructions: Help.\n${indented}\n`;
  const parsed = parseAgentsFile(text, { file: 'agents.yaml', env: {} });
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('; '));
  return Object.values(parsed.value.agents)[0] as AgentConfig;
}

function plan(lines: string, tools: readonly ToolSpec[] = []): SessionPlan {
  return {
    sessionId: 'sess_1',
    agentName: 'a',
    agents: { a: { agent: agentOf(lines), tools, guards: [] } },
    providers: [{ name: 'mine', voice: undefined, sessionLimitMs: undefined }],
    variables: { caller: 'Ada' },
    seed: 7,
  };
}

const vad = { type: 'server_vad', threshold: 0.5, prefix_padding_ms: 300, silence_duration_ms: 500 };
const input = { turn_detection: vad, transcription: { model: 'gpt-4o-mini-transcribe' } };
const base = { type: 'realtime', instructions: 'Help.', audio: { input } };
const withInput = (changes: object) => ({ audio: { input: { ...input, ...changes } } });
const withOutput = (output: object) => ({ audio: { input, output } });

describe('sessionUpdate', () => {
  it.each<[string, object]>([
    ['', {}],
    ['voice: marin', withOutput({ voice: 'marin' })],
    ['voice: { id: voice_1 }', withOutput({ voice: { id: 'voice_1' } })],
    ['speed: 1.25', withOutput({ speed: 1.25 })],
    ['output_modalities: [text]', { output_modalities: ['text'] }],
    ['turn_detection: null', withInput({ turn_detection: null })],
    ['turn_detection: { type: none }', withInput({ turn_detection: null })],
    ['turn_detection: { type: local_vad }', withInput({ turn_detection: null })],
    ['turn_detection: { type: push_to_talk }', withInput({ turn_detection: null })],
    [
      'turn_detection: { type: server_vad, threshold: 0.9, interrupt_response: false }',
      withInput({ turn_detection: { ...vad, threshold: 0.9, interrupt_response: false } }),
    ],
    [
      'turn_detection: { type: server_vad, idle_timeout_ms: 6000 }',
      withInput({ turn_detection: { ...vad, idle_timeout_ms: 6000 } }),
    ],
    [
      'turn_detection: { type: semantic_vad, eagerness: low, create_response: false }',
      withInput({
        turn_detection: {
          type: 'semantic_vad',
          eagerness: 'low',
          create_response: false,
        },
      }),
    ],
    ['transcription: null', withInput({ transcription: null })],
    ['transcription: { model: whisper-1 }', withInput({ transcription: { model: 'whisper-1' } })],
    [
      'transcription: { language: de }',
      withInput({ transcription: { model: 'gpt-4o-mini-transcribe', language: 'de' } }),
    ],
    ['noise_reduction: { type: far_field }', withInput({ noise_reduction: { type: 'far_field' } })],
    ['noise_reduction: null', withInput({ noise_reduction: null })],
    ['tool_choice: none', { tool_choice: 'none' }],
    ['parallel_tool_calls: false', { parallel_tool_calls: false }],
    ['max_output_tokens: inf', { max_output_tokens: 'inf' }],
    ['max_output_tokens: 200', { max_output_tokens: 200 }],
    ['reasoning: { effort: low }', { reasoning: { effort: 'low' } }],
    ['temperature: 0.8', { temperature: 0.8 }],
    ['greeting: { say: Hello }', {}],
  ])('of an agent with %j', (lines, changes) => {
    const session = sessionUpdate(agentOf(lines), []);
    expect(session).toStrictEqual({ ...base, ...changes });
  });

  it('gives the model the tools as functions, without what the wire does not carry', () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
    const spec = toolSpec('get_weather', { parameters, intents: [{ match: ['weather'] }] });
    expect(sessionUpdate(agentOf(''), [spec]).tools).toStrictEqual([
      { type: 'function', name: 'get_weather', description: 'The get_weather tool.', parameters },
    ]);
  });
});

describe('sessionSettings', () => {
  it.each([
    ['', 'server_answers', true],
    ['turn_detection: null', 'manual', true],
    ['turn_detection: { type: server_vad, create_response: false }', 'server_commits', true],
    ['turn_detection: { type: server_vad, interrupt_response: false }', 'server_answers', false],
    ['turn_detection: { type: semantic_vad }', 'server_answers', true],
    ['turn_detection: { type: local_vad }', 'manual', true],
    ['turn_detection: { type: local_vad, interrupt_response: false }', 'manual', false],
    ['turn_detection: { type: push_to_talk }', 'manual', true],
  ])('of an agent with %j takes turns as %s', (lines, turnTaking, interruptible) => {
    expect(sessionSettings(plan(lines)).agents['a']).toMatchObject({ turnTaking, interruptible });
  });

  it('leaves turns to a server that cannot be told to wait for us', () => {
    const lines = 'turn_detection: { type: server_vad, create_response: false }';
    const [provider] = plan(lines).providers;
    const early = { name: 'early', voice: undefined, sessionLimitMs: undefined, ...provider };
    const leavesOut = ['audio.input.turn_detection.create_response'];
    const turnTaking = (leavesOutOf: readonly string[]) =>
      sessionSettings({ ...plan(lines), providers: [{ ...early, leavesOut: leavesOutOf }] }).agents['a']
        ?.turnTaking;
    expect([turnTaking(leavesOut), turnTaking([])]).toEqual(['server_answers', 'server_commits']);
  });

  it('keeps to PCM where one of the providers cannot be told another format', () => {
    const lines = 'input_audio_format: g711_ulaw\noutput_audio_format: g711_ulaw';
    const [provider] = plan(lines).providers;
    const deaf = {
      name: 'deaf',
      voice: undefined,
      sessionLimitMs: undefined,
      leavesOut: ['audio.output.format'],
    };
    const settings = sessionSettings({ ...plan(lines), providers: [...(provider ? [provider] : []), deaf] });
    expect(settings.outputBytesPerMs).toBe(48);
    expect(settings.agents['a']?.session.audio).toMatchObject({
      input: { format: { type: 'audio/pcmu' } },
      output: { format: { type: 'audio/pcm' } },
    });
    expect(sessionSettings(plan(lines)).outputBytesPerMs).toBe(8);
  });

  it('says where the settings of an agent stand in the file', () => {
    const locate = (path: readonly (string | number)[]) => `file:${path.length}`;
    const agent = plan('voice: { id: v }\nspeed: 1.2\noutput_audio_format: g711_ulaw', [
      toolSpec('look'),
      toolSpec('book'),
    ]);
    const tools = { book: {} } as never;
    expect(sessionSettings({ ...agent, file: { tools, locate } }).agents['a']?.places).toMatchObject({
      instructions: 'agents.a.instructions at file:3',
      'audio.output.voice': 'agents.a.voice at file:3',
      'audio.output.voice.id': 'agents.a.voice.id at file:4',
      'audio.output.speed': 'agents.a.speed at file:3',
      'audio.output.format': 'agents.a.output_audio_format at file:3',
      'audio.input.turn_detection.threshold': 'agents.a.turn_detection.threshold at file:4',
      'tools[0]': 'the tool "look"',
      'tools[1]': 'tools.book at file:2',
    });
  });

  it('carries the greeting, the silence and the policies of the tools', () => {
    const tools = [
      toolSpec('book', {
        onInterrupt: 'cancel',
        start: 'after_playback',
        reply: 'when_idle',
        idempotentBy: ['id'],
        idempotent: true,
        filler: { afterMs: 900, say: 'One moment.' },
      }),
    ];
    const lines = `greeting: { say: Hello, protected: true }
idle: { after_ms: 8000, say: "Still there?", times: 2, then: close }
dead_air: { after_ms: 3000, say: Wait. }`;
    expect(sessionSettings(plan(lines, tools))).toMatchObject({
      sessionId: 'sess_1',
      agentName: 'a',
      outputBytesPerMs: 48,
      variables: { caller: 'Ada' },
      agents: {
        a: {
          greeting: { say: 'Hello', protected: true },
          idle: { afterMs: 8000, say: 'Still there?', times: 2, lastly: 'close' },
          deadAir: { afterMs: 3000, say: 'Wait.' },
          tools: [
            {
              name: 'book',
              onInterrupt: 'cancel',
              start: 'after_playback',
              reply: 'when_idle',
              idempotent: true,
              filler: { afterMs: 900, say: 'One moment.' },
            },
          ],
        },
      },
    });
  });

  it('takes a tool for harmless to run twice only when it says so', () => {
    const tools = [toolSpec('pay', { idempotentBy: ['id'] }), toolSpec('look', { idempotent: true })];
    const [pay, look] = sessionSettings(plan('', tools)).agents['a']?.tools ?? [];
    expect([pay?.idempotent, look?.idempotent]).toEqual([false, true]);
  });

  it('carries the limits, with safe ones where the file says nothing', () => {
    const { limits } = sessionSettings(
      plan('limits: { session_minutes: 2, tool_calls: 5, tokens: 1000, wrap_up: Bye. }'),
    );
    expect(limits).toEqual({
      sessionMs: 120_000,
      toolCalls: 5,
      tokens: 1000,
      responsesWithoutUser: 10,
      toolCallsPerTurn: 16,
      wrapUp: 'Bye.',
    });
  });

  it('is plain data', () => {
    const settings = sessionSettings(plan('greeting: { say: Hello }', [toolSpec('book')]));
    expect(JSON.parse(JSON.stringify(settings))).toEqual(settings);
  });
});

describe('handing over', () => {
  const file = parseAgentsFile(
    `version: 1
default_agent: desk
agents:
  desk: { handoffs: [billing] }
  billing: { handoffs: [desk, night-shift], description: "Knows about invoices." }
  night-shift: {}
  other: {}
`,
    { file: 'agents.yaml', env: {} },
  );
  const agents = file.ok ? file.value.agents : {};

  it('reaches the agents that lead on from the first, in any number of steps', () => {
    expect(Object.keys(reachableAgents('desk', agents))).toEqual(['desk', 'billing', 'night-shift']);
  });

  it('is a function of the model for each agent', () => {
    expect(handoffSpecs({ handoffs: ['billing'] }, agents)).toMatchObject([
      {
        name: 'transfer_to_billing',
        description: 'Hands the conversation over to the agent "billing". Knows about invoices.',
        parameters: { type: 'object', properties: {} },
      },
    ]);
  });
});
