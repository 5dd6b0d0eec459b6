import type { AgentConfig, TurnListener } from '@antiphon/core';
import { describe, expect, it } from 'vitest';
import { turnsOfAgent } from '../src/speech/agent-turns.ts';
import { LocalSpeech, type LocalSpeechLoader } from '../src/speech/local-speech.ts';

const listener: TurnListener = { detected: () => {}, failed: () => {}, skipped: () => {} };

function rig(changes: Partial<LocalSpeechLoader> = {}) {
  const log: string[] = [];
  const loader: LocalSpeechLoader = {
    loadDetectors: async () => {
      log.push('detectors');
      return { open: () => expect.unreachable(), close: async () => void log.push('detectors closed') };
    },
    createSpeaker: async () => {
      log.push('speaker');
      return {
        sampleRateHz: 16_000,
        speak: async (text, style) => {
          log.push(`${style.voice}: ${text}`);
          return new Int16Array(1_600);
        },
        close: async () => void log.push('speaker closed'),
      };
    },
    createJudge: async (_detectors, options) => {
      log.push(`judge of ${JSON.stringify(options)}`);
      return { judge: async () => [], skip: () => {}, abandon: () => {} };
    },
    ...changes,
  };
  return { speech: new LocalSpeech(loader), log };
}

const signal = new AbortController().signal;

describe('the voice of LocalSpeech', () => {
  it('is loaded when something is said, once, and speaks at the rate asked for', async () => {
    const { speech, log } = rig();
    const announcer = speech.announcer(24_000);
    expect(log).toEqual([]);
    const [first] = await Promise.all([announcer.speak('Hello.', signal), announcer.speak('Again.', signal)]);
    expect(first?.samples.length).toBe(2_400);
    expect(log).toEqual(['speaker', 'rms: Hello.', 'rms: Again.']);
    await speech.close();
    expect(log.at(-1)).toBe('speaker closed');
  });

  it('rejects when it cannot be loaded, and is tried again', async () => {
    let tries = 0;
    const { speech } = rig({
      createSpeaker: () => {
        tries += 1;
        return Promise.reject(new Error('not installed'));
      },
    });
    const announcer = speech.announcer(24_000);
    await expect(announcer.speak('Hello.', signal)).rejects.toThrow('not installed');
    await expect(announcer.speak('Hello.', signal)).rejects.toThrow('not installed');
    expect(tries).toBe(2);
    await speech.close();
  });

  it('says nothing that is not wanted any more', async () => {
    const { speech, log } = rig();
    await expect(speech.announcer(24_000).speak('Hello.', AbortSignal.abort())).rejects.toThrow();
    expect(log).toEqual(['speaker']);
  });
});

describe('the ear of LocalSpeech', () => {
  function agent(turn_detection: unknown): AgentConfig {
    return { turn_detection } as AgentConfig;
  }

  it('is not used where the server finds turns, or where audio flows always', () => {
    const { speech } = rig();
    expect(turnsOfAgent(agent({ type: 'server_vad' }), speech, 24_000)).toBeUndefined();
    expect(turnsOfAgent(agent(null), speech, 24_000)).toBeUndefined();
  });

  it('takes the settings of the file', async () => {
    const { speech, log } = rig();
    const turns = turnsOfAgent(
      agent({
        type: 'local_vad',
        threshold: 0.6,
        prefix_padding_ms: 250,
        silence_duration_ms: 400,
        min_speech_ms: 90,
        echo_gate: { warm_up_ms: 10, min_speech_ms: 20, half_duplex: true },
      }),
      speech,
      24_000,
    );
    expect(turns).toMatchObject({ gate: 'turns', prefixPaddingMs: 250 });
    expect(log).toEqual([]);
    const detector = turns?.openDetector?.(listener);
    await detector?.push(new Int16Array(2_000), 'quiet');
    expect(log).toEqual([
      'detectors',
      'judge of {"threshold":0.6,"prefixPaddingMs":250,"silenceDurationMs":400,"minSpeechMs":90,' +
        '"echoGate":{"warmUpMs":10,"minSpeechMs":20,"halfDuplex":true}}',
    ]);
    await speech.close();
    expect(log.at(-1)).toBe('detectors closed');
  });

  it('leaves a turn to the button', () => {
    const { speech } = rig();
    expect(turnsOfAgent(agent({ type: 'push_to_talk', prefix_padding_ms: 200 }), speech, 24_000)).toEqual({
      gate: 'turns',
      prefixPaddingMs: 200,
    });
  });
});
