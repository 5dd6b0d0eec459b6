import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeWav, downmixToMono, floatToInt16, int16ToFloat, levels, resample } from '@antiphon/audio';
import { createSpeechEngineStages, type SpeechEngineStages } from '@antiphon/local';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { noSoundServer, PulseServer } from '../../../test/support/pulse-server.ts';
import { antiphon, folderWith, repositoryRoot } from './support/antiphon-process.ts';
import { type TalkObject, TalkProcess } from './support/talk-process.ts';

const greeting =
  'Welcome to the hotel at the harbour. Breakfast is served from seven to ten in the hall on the ground floor, and the pool on the roof is open until midnight.';
const config = `version: 1
plugins: ["@antiphon/tools/calculator"]
agents:
  concierge:
    provider: local
    instructions: Answer briefly.
    tools: [calculate]
    greeting: { say: "${greeting}" }
`;

function question(): Int16Array {
  const wav = decodeWav(readFileSync(join(repositoryRoot, 'examples/questions/2-multiplication.wav')));
  const mono = downmixToMono(wav.samples, wav.channels);
  return floatToInt16(resample(mono, { fromHz: wav.sampleRateHz, toHz: 24_000 }));
}

function ofType(objects: readonly TalkObject[], type: string): readonly TalkObject[] {
  return objects.filter((object) => object.type === type);
}

function wordsOfUser(objects: readonly TalkObject[]): string {
  const final = ofType(objects, 'transcript').filter(({ role, final }) => role === 'user' && final === true);
  return final
    .map(({ text }) => String(text))
    .join(' ')
    .trim();
}

describe.skipIf(noSoundServer !== undefined)(`antiphon talk ${noSoundServer ?? ''}`, () => {
  let server: PulseServer;
  let stages: SpeechEngineStages;
  beforeAll(async () => {
    [server, stages] = await Promise.all([PulseServer.start(), createSpeechEngineStages()]);
  });
  afterAll(async () => {
    await stages?.close();
    await server?.stop();
  });

  async function understood(samples: Int16Array): Promise<string> {
    const speech = resample(int16ToFloat(samples), { fromHz: 24_000, toHz: 16_000 });
    return stages.recognizer.transcribe(speech);
  }

  it('is cut off by a question into the microphone, hears it, and answers it on the speaker', async () => {
    const folder = folderWith({ 'agents.yaml': config });
    const ear = server.listen();
    const talk = new TalkProcess(['--echo', 'none', '--record', 'heard'], {
      cwd: folder,
      env: server.env,
    });
    await talk.until(({ type }) => type === 'audio_started');
    await sleep(1_200);
    await server.speak(question(), 24_000);
    const cut = await talk.until(({ type }) => type === 'audio_done');
    const answer = await talk.until(
      ({ type, item_id }) => type === 'audio_done' && item_id !== cut['item_id'],
    );
    expect(await talk.interrupt()).toBe(130);
    const room = await ear.stop();

    const words = String(cut['heard_text']);
    expect(greeting.startsWith(words)).toBe(true);
    expect(words).not.toBe('');
    expect(`${words} ${String(cut['unheard_text'])}`.trim()).toBe(greeting);
    expect(Number(cut['heard_ms'])).toBeLessThan(Number(cut['received_ms']));
    expect(
      ofType(talk.objects, 'transcript').find(({ role, final }) => role === 'user' && final),
    ).toMatchObject({
      text: expect.stringMatching(/what is (205|two hundred( and)? five) times (7|seven)/i),
    });
    expect(String(answer['heard_text'])).toMatch(/1,?435/);

    const [first = { from: 0, to: 0 }, ...others] = soundsIn(room);
    const last = others.at(-1) ?? first;
    const spoken = await understood(room.subarray(Math.max(0, (last.from - 100) * 24), (last.to + 200) * 24));
    expect(spoken).toMatch(/1,?435|one thousand,? four hundred(,? and)? thirty[- ]five/i);

    const summary = talk.objects.at(-1);
    expect(summary).toMatchObject({ type: 'summary', status: 'interrupted' });
    const recording = decodeWav(readFileSync(join(folder, 'answers/conversation.wav')));
    expect([recording.channels, recording.warnings]).toEqual([2, []]);
    const sides = [0, 1].map((side) => recording.samples.filter((_, at) => at % 2 === side));
    // What is told to have been heard is what the recording has and the room heard, but for pauses between words. The gaps of
    // a busy machine count for nothing.
    const toldMs = Number(cut['heard_ms']) + Number(answer['heard_ms']);
    const recordedMs = soundMs(floatToInt16(sides[1] ?? new Float32Array()));
    expect(recordedMs).toBeLessThan(toldMs + 100);
    expect(recordedMs).toBeGreaterThan(toldMs / 2);
    expect(soundMs(room)).toBeGreaterThan(recordedMs - 150);
    for (const samples of sides) expect(levels(samples).peakDbfs).toBeGreaterThan(-26);
  });

  it('does not hear itself where the microphone hears the speaker', async () => {
    const folder = folderWith({
      'agents.yaml': config.replace(greeting, 'Welcome to the hotel at the harbour.'),
    });
    const talk = new TalkProcess(['--input-device', 'spk.monitor'], { cwd: folder, env: server.env });
    const done = await talk.until(({ type }) => type === 'audio_done');
    // The room is silent again, and what was in it would have been judged.
    await sleep(1_000);
    expect(await talk.interrupt()).toBe(130);
    expect(done['unheard_text']).toBe('');
    expect(ofType(talk.objects, 'speech_started')).toEqual([]);
    expect(ofType(talk.objects, 'microphone').map(({ state }) => state)).toEqual(['gated', 'open']);
  });

  it('--echo cancel: hears nobody in its own voice, and the user through it', async () => {
    // Longer than any machine needs, and than one answer carries: the user cuts it short.
    const long = Array.from({ length: 8 }, () => greeting).join(' ');
    const folder = folderWith({ 'agents.yaml': config.replace(greeting, long) });
    onTestFinished(server.addSpeakerInRoom({ volume: 0.4 }));
    const talk = new TalkProcess(
      ['--output-device', 'room', '--echo', 'cancel', '--record', 'heard', '--consent', 'not_needed'],
      { cwd: folder, env: server.env },
    );
    await talk.until(({ type }) => type === 'audio_started');
    await sleep(3_500);
    expect(ofType(talk.objects, 'speech_started')).toEqual([]);
    // A speaker that ran dry, as on a busy machine, shuts the microphone for a moment: whoever is not heard asks again.
    do {
      await talk.untilMicrophoneIs('open');
      await server.speak(question(), 24_000);
      await sleep(1_500);
    } while (wordsOfUser(talk.objects) === '');
    const cut = await talk.until(({ type, unheard_text }) => type === 'audio_done' && unheard_text !== '');
    expect(long).toContain(String(cut['unheard_text']));
    const heardMs = ofType(talk.objects, 'audio_done').map(({ heard_ms }) => Number(heard_ms));
    expect(Math.max(...heardMs)).toBeGreaterThan(2_000);
    // Words that are said at once with the agent's suffer; none of its own are heard.
    expect(wordsOfUser(talk.objects)).not.toMatch(
      /hotel|harbour|breakfast|served|seven to ten|ground|roof|midnight/i,
    );
    expect(await talk.interrupt()).toBe(130);
    const recording = readFileSync(join(folder, 'answers/conversation.wav'));
    expect(recording.includes('agent=heard consent=not_needed')).toBe(true);
  });

  it('lists devices, and tells of those that are not there', async () => {
    const folder = folderWith({ 'agents.yaml': config });
    const run = (args: readonly string[], env: Readonly<Record<string, string>>) =>
      antiphon(['talk', ...args], { cwd: folder, env: { ...server.env, ...env } });
    const [list, wrong, none] = await Promise.all([
      run(['--list-devices'], {}),
      run(['--input-device', 'nothing'], {}),
      run([], { PULSE_SERVER: 'unix:/nowhere/native' }),
    ]);
    expect(list.exitCode).toBe(0);
    expect(list.stdout).toContain('1  Desk Microphone (default)  [mic]');
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain('no single microphone is meant by "nothing"; there are: Desk Microphone');
    expect(none.exitCode).toBe(2);
    expect(none.stderr).toContain('[audio.no_device]');
  });
});

/** For how long there is sound, in stretches of 10 ms. */
function soundMs(samples: Int16Array): number {
  let stretches = 0;
  for (let at = 0; at < samples.length; at += 240) {
    if (samples.subarray(at, at + 240).some((sample) => Math.abs(sample) > 200)) stretches++;
  }
  return stretches * 10;
}

/** Where there is sound, in milliseconds: pauses of less than a second belong to it. */
function soundsIn(samples: Int16Array): readonly { readonly from: number; readonly to: number }[] {
  const sounds: { from: number; to: number }[] = [];
  for (let at = 0; at < samples.length; at++) {
    if (Math.abs(samples[at] ?? 0) < 200) continue;
    const ms = at / 24;
    const last = sounds.at(-1);
    if (last !== undefined && ms - last.to < 1_000) last.to = ms;
    else sounds.push({ from: ms, to: ms });
  }
  return sounds;
}
