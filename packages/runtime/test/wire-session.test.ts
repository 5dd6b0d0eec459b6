import type { SessionUpdate } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { formatsOf, successiveSessions, withFormats } from '../src/session/wire-session.ts';

const session = (members: Partial<SessionUpdate>): SessionUpdate => ({ type: 'realtime', ...members });
const pcm = { type: 'audio/pcm', rate: 24_000 } as const;
const ulaw = { type: 'audio/pcmu' } as const;
const alaw = { type: 'audio/pcma' } as const;

describe('session objects that follow each other', () => {
  const successive = (one: Partial<SessionUpdate>, other: Partial<SessionUpdate>) =>
    successiveSessions({ one: session(one), other: session(other) });

  it.each<[string, Partial<SessionUpdate>, Partial<SessionUpdate>]>([
    ['instructions', { instructions: 'A' }, { instructions: '' }],
    ['tools', { tools: [{ type: 'function', name: 'f' }] }, { tools: [] }],
    ['a choice', { tool_choice: 'required' }, { tool_choice: 'auto' }],
    ['a limit', { max_output_tokens: 9 }, { max_output_tokens: 'inf' }],
    ['truncation', { truncation: 'disabled' }, { truncation: 'auto' }],
    ['a modality', { output_modalities: ['text'] }, { output_modalities: ['audio'] }],
    ['a speed', { audio: { output: { speed: 1.2 } } }, { audio: { output: { speed: 1 } } }],
    [
      'noise reduction',
      { audio: { input: { noise_reduction: { type: 'far_field' } } } },
      { audio: { input: { noise_reduction: null } } },
    ],
    ['what nobody can take back', { prompt: { id: 'p' }, temperature: 0.7, tracing: 'auto' }, {}],
  ])('set back %s', (_, stated, back) => {
    expect(successive(stated, {})).toEqual({ one: session(stated), other: session(back) });
    expect(successive({}, stated)).toEqual({ one: session(back), other: session(stated) });
  });

  it.each<[object | null, object | null]>([
    [
      { type: 'server_vad', threshold: 0.9 },
      { type: 'server_vad', threshold: 0.9, create_response: true },
    ],
    [{ type: 'semantic_vad' }, { type: 'semantic_vad', create_response: true }],
    [null, null],
  ])('set back what is told of turns: %j', (other, expected) => {
    const silent = { type: 'server_vad', create_response: false };
    const of = (turn_detection: object | null) =>
      session({ audio: { input: { turn_detection } } } as Partial<SessionUpdate>);
    expect(successiveSessions({ one: of(silent), other: of(other) })).toEqual({
      one: of(silent),
      other: of(expected),
    });
  });

  it('are left as they are where there is one', () => {
    const only = session({ tool_choice: 'required', audio: { output: { speed: 1.2 } } });
    expect(successiveSessions({ only })).toEqual({ only });
  });
});

describe('the formats of a session', () => {
  it('are those of its session object, and PCM where it says nothing or the server cannot be told', () => {
    const both = session({ audio: { input: { format: ulaw }, output: { format: alaw } } });
    expect(formatsOf(session({}))).toEqual({ input: { type: 'audio/pcm' }, output: { type: 'audio/pcm' } });
    expect(formatsOf(both)).toEqual({ input: ulaw, output: alaw });
    expect(formatsOf(both, ['audio.output.format'])).toEqual({ input: ulaw, output: { type: 'audio/pcm' } });
  });

  it('are asked for by every session object of it', () => {
    const mine = session({ audio: { input: { format: pcm }, output: { voice: 'marin' } } });
    expect(withFormats(mine, { input: ulaw, output: alaw })).toEqual(
      session({ audio: { input: { format: ulaw }, output: { format: alaw, voice: 'marin' } } }),
    );
    expect(withFormats(mine, { input: pcm, output: pcm })).toEqual(mine);
  });
});
