import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeWav, HeardAudio, PlayoutBuffer, StereoRecording } from '@antiphon/audio';
import { ConversationRecorder, type ConversationRecorderOptions } from '@antiphon/audio/node';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'antiphon-recorder-'));
afterAll(() => rmSync(folder, { recursive: true }));

const sampleRateHz = 8000;
const a = { itemId: 'item_a', contentIndex: 0 };
let files = 0;

function recorderOf(more: Partial<ConversationRecorderOptions> = {}) {
  const path = join(folder, `${files++}.wav`);
  const failures: unknown[] = [];
  const recorder = new ConversationRecorder(path, {
    sampleRateHz,
    agent: 'heard',
    consent: 'given',
    onFailure: (error) => failures.push(error),
    ...more,
  });
  return { path, recorder, failures };
}

/** Both sides of a recording, in 16-bit steps. */
function sidesOf(path: string): { user: number[]; agent: number[]; warnings: readonly unknown[] } {
  const { samples, warnings } = decodeWav(readFileSync(path));
  const ints = Array.from(samples, (sample) => Math.round(sample * 32_768));
  return { user: ints.filter((_, i) => i % 2 === 0), agent: ints.filter((_, i) => i % 2 === 1), warnings };
}

function largestStep(samples: readonly number[]): number {
  return Math.max(...samples.slice(1).map((value, at) => Math.abs(value - (samples[at] ?? 0))));
}

const fill = (length: number, value: number) => new Int16Array(length).fill(value);

describe('a recorded conversation', () => {
  it('has the user left and the agent right, each at its time', () => {
    const { path, recorder } = recorderOf({ agent: 'generated' });
    recorder.user(fill(100, 1000));
    recorder.received(a, fill(300, 2000));
    recorder.align();
    recorder.user(fill(50, 3000));
    recorder.close();
    recorder.close();
    const { user, agent, warnings } = sidesOf(path);
    expect(user).toEqual([...fill(100, 1000), ...fill(300, 0), ...fill(50, 3000)]);
    expect(agent).toEqual([...fill(100, 0), ...fill(300, 2000), ...fill(50, 0)]);
    expect(warnings).toEqual([]);
  });

  it.each([
    ['heard', [...fill(10, 0), ...fill(8, 5), ...fill(12, 0), ...fill(12, 5), ...fill(58, 0)]],
    ['generated', [...fill(80, 5), ...fill(20, 0)]],
  ] as const)('keeps of the agent what was %s', (kept, expected) => {
    const { path, recorder } = recorderOf({ agent: kept });
    recorder.received(a, fill(80, 5));
    recorder.user(fill(10, 1));
    recorder.played({ ...a, playedMs: 1 });
    recorder.user(fill(20, 1));
    recorder.played({ ...a, playedMs: 2.5 });
    recorder.flushed();
    recorder.played({ ...a, playedMs: 9 });
    recorder.user(fill(70, 1));
    recorder.close();
    expect(sidesOf(path).agent).toEqual(expected);
  });

  it('lets what was cut end without a click', () => {
    const { path, recorder } = recorderOf({ agent: 'heard' });
    const samples = fill(80, 8_000);
    recorder.received(a, samples);
    recorder.user(fill(10, 1));
    recorder.played({ ...a, playedMs: 3 });
    recorder.flushing();
    recorder.played({ ...a, playedMs: 9 });
    recorder.flushed();
    recorder.user(fill(90, 1));
    recorder.close();
    const { agent } = sidesOf(path);
    const sound = agent.slice(10, 82);
    expect(sound.slice(0, 32)).toEqual([...fill(32, 8_000)]);
    expect(sound).toEqual(sound.toSorted((one, other) => other - one));
    expect(sound.at(-1)).toBeLessThan(100);
  });

  it('is silent on both sides while it is paused, without clicks, and says where', () => {
    const { path, recorder } = recorderOf({ agent: 'generated' });
    recorder.received(a, fill(300, 500));
    recorder.user(fill(100, 1_000));
    recorder.pause();
    recorder.pause();
    recorder.user(fill(100, 4444));
    recorder.received(a, fill(300, 4444));
    recorder.resume();
    recorder.resume();
    recorder.user(fill(100, 2_000));
    recorder.close();
    const { user, agent } = sidesOf(path);
    // 5 ms are 40 samples.
    expect(user.slice(0, 100)).toEqual([...fill(100, 1_000)]);
    expect(user.slice(140, 200)).toEqual([...fill(60, 0)]);
    expect(user.slice(240, 300)).toEqual([...fill(60, 2_000)]);
    expect(agent.slice(0, 100)).toEqual([...fill(100, 500)]);
    expect(agent.slice(140).every((value) => value === 0)).toBe(true);
    for (const side of [user, agent]) expect(largestStep(side.slice(0, 300))).toBeLessThan(100);
    const bytes = readFileSync(path);
    expect(bytes.includes(Buffer.from(Int16Array.of(4444).buffer))).toBe(false);
    const cue = bytes.indexOf('cue ');
    expect(bytes.readUInt32LE(cue + 8)).toBe(2);
    expect([bytes.readUInt32LE(cue + 16), bytes.readUInt32LE(cue + 40)]).toEqual([100, 200]);
    expect([bytes.includes('paused\0'), bytes.includes('resumed\0')]).toEqual([true, true]);
    expect(bytes.readUInt32LE(4)).toBe(bytes.length - 8);
  });

  it.each(['given', 'not_needed', 'unknown'] as const)(
    'says from its first byte on that consent is %s',
    (consent) => {
      const { path, recorder } = recorderOf({ consent });
      const before = readFileSync(path);
      expect(before.indexOf('ICMT')).toBeLessThan(before.indexOf('data'));
      expect(before.includes(`left=user right=agent agent=heard consent=${consent}\0`)).toBe(true);
      recorder.user(fill(3, 1));
      expect(decodeWav(readFileSync(path))).toMatchObject({ frames: 3, warnings: [] });
      recorder.close();
      expect(decodeWav(readFileSync(path))).toMatchObject({ frames: 3, warnings: [] });
    },
  );
});

describe('a conversation that needs consent', () => {
  it.each(['heard', 'generated'] as const)(
    'has no file before there is consent, and nothing from before it (%s)',
    (agent) => {
      const { path, recorder, failures } = recorderOf({ consent: 'required', agent });
      recorder.user(fill(30, 4444));
      recorder.received(a, fill(160, 4444));
      recorder.played({ ...a, playedMs: 10 });
      recorder.align();
      expect([existsSync(path), recorder.hasBegun]).toEqual([false, false]);
      recorder.allow('the "caller"');
      expect([existsSync(path), recorder.hasBegun]).toEqual([true, true]);
      expect(readFileSync(path).includes('consent=given consent_by="the \\"caller\\""\0')).toBe(true);
      recorder.user(fill(20, 1));
      recorder.received({ ...a, itemId: 'item_b' }, fill(16, 5));
      recorder.played({ ...a, playedMs: 20 });
      recorder.played({ itemId: 'item_b', contentIndex: 0, playedMs: 2 });
      recorder.user(fill(40, 2));
      recorder.close();
      const { user, agent: heard } = sidesOf(path);
      expect(user.slice(0, 60)).toEqual([...fill(20, 1), ...fill(40, 2)]);
      expect(heard.filter((value) => value === 5)).toHaveLength(16);
      expect(heard.includes(4444)).toBe(agent === 'heard');
      expect(heard.filter((value) => value === 4444)).toHaveLength(agent === 'heard' ? 80 : 0);
      expect(failures).toEqual([]);
    },
  );

  it('stays paused where it was paused before', () => {
    const { path, recorder } = recorderOf({ consent: 'required' });
    recorder.user(fill(30, 4444));
    recorder.pause();
    recorder.allow('the caller');
    recorder.user(fill(20, 4444));
    recorder.resume();
    recorder.user(fill(60, 1));
    recorder.close();
    const { user } = sidesOf(path);
    expect([user.slice(0, 20), user.slice(60)]).toEqual([[...fill(20, 0)], [...fill(20, 1)]]);
    const bytes = readFileSync(path);
    const cue = bytes.indexOf('cue ');
    expect([bytes.readUInt32LE(cue + 16), bytes.readUInt32LE(cue + 40)]).toEqual([0, 20]);
  });

  it('leaves no file when there is none, and none is needed to end', () => {
    const { path, recorder } = recorderOf({ consent: 'required' });
    recorder.user(fill(20, 1));
    recorder.close();
    expect(existsSync(path)).toBe(false);
  });

  it('tells of a folder that is not there when it begins', () => {
    const failures: unknown[] = [];
    const recorder = new ConversationRecorder(join(folder, 'none', 'a.wav'), {
      sampleRateHz,
      agent: 'heard',
      consent: 'required',
      onFailure: (error) => failures.push(error),
    });
    recorder.allow('the caller');
    recorder.user(fill(2, 1));
    recorder.close();
    expect(failures).toEqual([expect.objectContaining({ code: 'audio.open_failed' })]);
  });

  it('is marked where it comes in a recording that did not wait', () => {
    const { path, recorder } = recorderOf({ consent: 'unknown' });
    recorder.user(fill(20, 1));
    recorder.allow('the caller');
    recorder.close();
    const bytes = readFileSync(path);
    expect(bytes.readUInt32LE(bytes.indexOf('cue ') + 16)).toBe(20);
    expect(bytes.includes('consent given by the caller\0')).toBe(true);
  });
});

describe('an hour of conversation', () => {
  it('stays within a millisecond of the clock, on both sides', () => {
    const rate = 1000;
    const frame = 20;
    const stereo = new StereoRecording({ sampleRateHz: 8_000 });
    const sink = new PlayoutBuffer({ sampleRateHz: rate });
    const heard = new HeardAudio({ sampleRateHz: rate });
    /** When something really sounded, on the wall clock, and where the recording has it. */
    const userAtMs: number[] = [];
    const agentAtMs: number[] = [];
    const found = { user: [] as number[], agent: [] as number[] };
    let frames = 0;
    for (let tick = 0; tick < 3_600_000 / frame; tick++) {
      const nowMs = tick * frame;
      const speech = new Int16Array(frame);
      if (tick % 500 === 0) {
        userAtMs.push(nowMs);
        speech[0] = 1;
      }
      stereo.pushUser(speech);
      // Every ten seconds an answer comes at once, much faster than it plays; every third is interrupted.
      const part = { itemId: `item_${Math.floor(tick / 500)}`, contentIndex: 0 };
      if (tick % 500 === 100) {
        const answer = new Int16Array(4000);
        answer[0] = 2;
        sink.write(part, answer, nowMs);
        heard.received(part, answer);
        sink.endPart(part);
      }
      const taken = sink.take(frame, nowMs);
      if (taken.includes(2)) agentAtMs.push(nowMs);
      for (const progress of sink.acknowledge(frame)) stereo.pushAgent(heard.played(progress));
      if (tick % 1500 === 180) {
        for (const cut of sink.flush()) stereo.pushAgent(heard.played(cut));
        heard.flush();
      }
      const pulled = stereo.pull();
      for (let i = 0; i < pulled.length; i += 2, frames++) {
        if (pulled[i] === 1) found.user.push(frames);
        if (pulled[i + 1] === 2) found.agent.push(frames);
      }
    }
    expect(frames).toBe(3_600_000);
    expect(found.user.length).toBe(360);
    expect(found.agent.length).toBe(360);
    const error = (at: readonly number[], places: readonly number[]) =>
      places.map((place, i) => place - (at[i] ?? 0));
    expect(new Set(error(userAtMs, found.user))).toEqual(new Set([0]));
    // An acknowledgement comes when a frame has been taken: the agent stands one frame later, from first to last.
    const agent = error(agentAtMs, found.agent);
    expect(Math.max(...agent) - Math.min(...agent)).toBeLessThanOrEqual(1);
    expect(heard.waitingMs).toBe(0);
  }, 30_000);
});
