import type { SessionUpdate } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { initialSession, updateSession } from '../../src/engine/session-settings.ts';

const session = initialSession({ id: 'sess_1', model: 'm', voice: 'alloy', expiresAt: 1 });
const updated = (update: Omit<SessionUpdate, 'type'>, base = session) => {
  const result = updateSession(base, { type: 'realtime', ...update }, false);
  if (!result.ok) throw new Error(result.error.message);
  return result.session;
};

describe('updateSession', () => {
  it('keeps what is not named', () => {
    expect(updated({})).toEqual(session);
    expect(updated({ instructions: 'Be brief.' })).toEqual({ ...session, instructions: 'Be brief.' });
  });

  it('fills in the members of a partly given turn detection and keeps those given before', () => {
    const first = updated({ audio: { input: { turn_detection: { type: 'server_vad', threshold: 0.7 } } } });
    expect(first.audio.input.turn_detection).toEqual({
      ...session.audio.input.turn_detection,
      threshold: 0.7,
    });
    const second = updated(
      { audio: { input: { turn_detection: { type: 'server_vad', create_response: false } } } },
      first,
    );
    expect(second.audio.input.turn_detection).toMatchObject({ threshold: 0.7, create_response: false });
    const third = updated({ audio: { input: { turn_detection: { type: 'semantic_vad' } } } }, second);
    expect(third.audio.input.turn_detection).toEqual({
      type: 'semantic_vad',
      eagerness: 'auto',
      create_response: true,
      interrupt_response: true,
    });
  });

  it('clears with null and with empty values', () => {
    const full = updated({
      tools: [{ type: 'function', name: 'f' }],
      audio: { input: { transcription: { model: 'x' }, noise_reduction: { type: 'near_field' } } },
    });
    expect(full.tools).toEqual([
      { type: 'function', name: 'f', description: null, parameters: { type: 'object', properties: {} } },
    ]);
    expect(full.audio.input.transcription).toEqual({ model: 'x', language: null, prompt: null });
    const cleared = updated(
      {
        tools: [],
        instructions: '',
        audio: { input: { transcription: null, noise_reduction: null, turn_detection: null } },
      },
      full,
    );
    expect(cleared).toMatchObject({ tools: [], instructions: '' });
    expect(cleared.audio.input).toMatchObject({
      transcription: null,
      noise_reduction: null,
      turn_detection: null,
    });
  });

  it('refuses another model, tools it cannot run, and another voice once the agent has spoken', () => {
    const refused = (update: Omit<SessionUpdate, 'type'>, hasSpoken = false) => {
      const result = updateSession(session, { type: 'realtime', ...update }, hasSpoken);
      return result.ok ? undefined : [result.error.code, result.error.param];
    };
    expect(refused({ model: 'other' })).toEqual(['invalid_value', 'session.model']);
    expect(refused({ tools: [{ type: 'mcp', server_label: 'x' }] })).toEqual([
      'invalid_value',
      'session.tools[0].type',
    ]);
    expect(refused({ audio: { output: { voice: 'marin' } } })).toBeUndefined();
    expect(refused({ audio: { output: { voice: 'marin' } } }, true)).toEqual(['cannot_update_voice', null]);
    expect(refused({ audio: { output: { voice: 'alloy' } } }, true)).toBeUndefined();
  });
});
