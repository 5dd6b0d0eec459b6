import { AntiphonError, type Clock } from '@antiphon/core';
import { Int16Assembler, int16ToBytes } from '../../../pcm/bytes.ts';
import {
  type CaptureHandlers,
  type DeviceKind,
  type DeviceStream,
  kindNames,
  type PlaybackHandlers,
  type StreamHandlers,
} from '../device-backend.ts';
import { PlayoutPacer } from '../playout-pacer.ts';
import { SilenceWatch } from './silence-watch.ts';
import type { StreamNews } from './stream-news.ts';
import { type StreamCommand, StreamProgram } from './stream-program.ts';

/** A device, as a program opens it. */
export interface ProgramDevice {
  readonly name: string;
  readonly sampleRateHz: number;
  readonly command: StreamCommand;
}

/** A microphone, as a program opens it. */
export interface CapturingDevice extends ProgramDevice {
  /** Has another program ask the sound system something; whether it was answered. */
  readonly answers: () => Promise<boolean>;
}

/** How much a playing program is given ahead of what was played; the same at most, when its device ran dry. */
export interface PlaybackAhead {
  readonly aheadMs: number;
  readonly maxAheadMs: number;
}

const openWithinMs = 10_000;
const tickMs = 10;

/** @throws AntiphonError `audio.device_failed` */
export async function captureByProgram(
  clock: Clock,
  device: CapturingDevice,
  { onSamples, ...handlers }: CaptureHandlers,
): Promise<DeviceStream> {
  const assembler = new Int16Assembler();
  const stream = new ProgramStream('input', device, handlers, () => {});
  const onGone = (): void => stream.giveUp('it gives no sound any more');
  const watch = new SilenceWatch({ clock, answers: device.answers, onGone });
  stream.program.onBytes((bytes) => {
    watch.heard();
    const samples = assembler.push(bytes);
    if (samples.length > 0 && stream.phase !== 'closed') onSamples(samples);
  });
  await stream.opened(() => watch.stop());
  watch.start();
  return {
    deviceName: device.name,
    sampleRateHz: device.sampleRateHz,
    close: () => {
      watch.stop();
      return stream.close('at_once');
    },
  };
}

/** @throws AntiphonError `audio.device_failed` */
export async function playByProgram(
  clock: Clock,
  device: ProgramDevice,
  { pull, onPlayed, onRanDry, ...handlers }: PlaybackHandlers,
  ahead: PlaybackAhead,
): Promise<DeviceStream> {
  const { sampleRateHz } = device;
  const pacer = new PlayoutPacer({ sampleRateHz, ...ahead });
  const stream = new ProgramStream('output', device, handlers, (news) => {
    if (news.kind === 'time') pacer.told(Math.round(news.playedSeconds * sampleRateHz), clock.nowMs());
    if (news.kind === 'ran_dry') {
      pacer.ranDry();
      onRanDry();
    }
  });
  await stream.opened(() => stopTicking());
  const tick = (): void => {
    const count = pacer.due(clock.nowMs());
    if (count > 0) stream.program.write(int16ToBytes(pull(count)));
    onPlayed(pacer.played(clock.nowMs()));
    stopTicking = clock.setTimer(tickMs, tick);
  };
  let stopTicking = clock.setTimer(0, tick);
  return {
    deviceName: device.name,
    sampleRateHz,
    close: () => {
      stopTicking();
      return stream.close('play_out');
    },
  };
}

/** A device in the hands of a program, from its start to its end. */
class ProgramStream {
  readonly program: StreamProgram;
  readonly #kind: DeviceKind;
  readonly #device: ProgramDevice;
  readonly #handlers: StreamHandlers;
  readonly #connected: Promise<undefined>;
  #phase: 'opening' | 'open' | 'closed' = 'opening';
  /** Why it was ended from here. */
  #givenUp: string | undefined;

  constructor(
    kind: DeviceKind,
    device: ProgramDevice,
    handlers: StreamHandlers,
    onNews: (news: StreamNews) => void,
  ) {
    this.#kind = kind;
    this.#device = device;
    this.#handlers = handlers;
    let connect = (): void => {};
    this.#connected = new Promise((resolve) => {
      connect = () => resolve(undefined);
    });
    this.program = new StreamProgram(device.command, (news) => {
      if (news.kind === 'connected') {
        connect();
        if (this.#phase === 'open' && news.id !== undefined) handlers.onMoved(news.id);
      }
      onNews(news);
    });
  }

  get phase(): 'opening' | 'open' | 'closed' {
    return this.#phase;
  }

  /** Settles when the program has its device; when it ends by itself afterwards, `onEnd` is called and the loss is told. */
  async opened(onEnd: () => void): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve('it did not answer in time'), openWithinMs);
    });
    const reason = await Promise.race([this.#connected, this.program.ended, late]);
    clearTimeout(timer);
    if (reason !== undefined) {
      void this.close('at_once');
      const { name } = this.#device;
      throw new AntiphonError('audio.device_failed', { kind: kindNames[this.#kind], device: name, reason });
    }
    this.#phase = 'open';
    void this.program.ended.then((why) => {
      const isLost = this.#phase === 'open';
      this.#phase = 'closed';
      if (!isLost) return;
      onEnd();
      this.#handlers.onLost(this.#givenUp ?? why);
    });
  }

  /** Ends it as if the device were lost. */
  giveUp(reason: string): void {
    this.#givenUp = reason;
    void this.program.end('at_once');
  }

  close(mode: 'play_out' | 'at_once'): Promise<void> {
    this.#phase = 'closed';
    return this.program.end(mode);
  }
}
