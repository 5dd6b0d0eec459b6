import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What keeps tests with a sound server from running; undefined where they can. */
export const noSoundServer: string | undefined = ['pulseaudio', 'pactl', 'pacat', 'parec'].every(
  (program) => spawnSync(program, ['--version']).status === 0,
)
  ? undefined
  : 'needs PulseAudio: apt-get install pulseaudio pulseaudio-utils';

const spareSink = [
  'sink_name=spare',
  'rate=44100',
  'channels=2',
  'norewinds=1',
  "sink_properties=device.description='Spare Speaker'",
];

const microphone = [
  'source_name=mic',
  'master=micsink.monitor',
  "source_properties=device.description='Desk Microphone'",
];

/** Where a shell would, a script wants quotes around properties. */
function inScript(words: readonly string[]): string {
  return words.map((word) => word.replace(/=(device.*)$/, '="$1"')).join(' ');
}

const script = `
load-module module-native-protocol-unix auth-anonymous=1
load-module module-null-sink sink_name=spk rate=48000 channels=2 norewinds=1 sink_properties="device.description='Desk Speaker'"
load-module module-null-sink ${inScript(spareSink)}
load-module module-null-sink sink_name=micsink rate=48000 channels=1 norewinds=1
load-module module-remap-source ${inScript(microphone)}
set-default-sink spk
set-default-source mic
`;

const raw = ['--raw', '--format=s16le', '--channels=1'];

/**
 * A sound server of its own, with a microphone that hears what is played into the sink `micsink`, and two speakers that
 * nobody hears but {@link PulseServer.listen}.
 */
export class PulseServer {
  /** For the programs that shall use it. */
  readonly env: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #children: ChildProcess[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
    const alsa = join(folder, 'asound.conf');
    writeFileSync(
      alsa,
      '</usr/share/alsa/alsa.conf>\npcm.!default { type pulse }\nctl.!default { type pulse }\n',
    );
    this.env = {
      ALSA_CONFIG_PATH: alsa,
      XDG_RUNTIME_DIR: folder,
      PULSE_SERVER: `unix:${folder}/pulse/native`,
      PULSE_COOKIE: join(folder, 'cookie'),
      LC_ALL: 'C',
    };
  }

  static async start(): Promise<PulseServer> {
    const server = new PulseServer(mkdtempSync(join(tmpdir(), 'antiphon-pulse-')));
    const file = join(server.#folder, 'script.pa');
    writeFileSync(file, script);
    const options = ['--exit-idle-time=-1', '--disallow-exit', '--use-pid-file=no', '--daemonize=no'];
    server.#spawn('pulseaudio', ['-n', '-F', file, ...options]);
    for (let tries = 0; !existsSync(join(server.#folder, 'pulse/native')) || !server.#answers(); tries++) {
      if (tries === 200) throw new Error('the sound server did not come up');
      await sleep(50);
    }
    return server;
  }

  /**
   * Says something into the microphone: 16-bit samples at `rateHz`. Settles when it is said. The server is given as much of
   * it ahead as it takes: with a short buffer a busy machine makes gaps in it, and the microphone hears those.
   */
  async speak(samples: Int16Array, rateHz: number): Promise<void> {
    const child = this.#spawn('pacat', [...raw, '--device=micsink', `--rate=${rateHz}`], 'pipe');
    child.stdin?.end(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
    await new Promise((resolve) => child.once('close', resolve));
  }

  /** Hears what a speaker plays, at 24 kHz. */
  listen(sink = 'spk'): RoomEar {
    const args = [...raw, '--latency-msec=20', `--device=${sink}.monitor`, '--rate=24000'];
    return new RoomEar(this.#spawn('parec', args, 'pipe'));
  }

  /**
   * A speaker `room` beside the microphone, which hears it softer, until the function that is returned is called. Nothing
   * between the two keeps sound of its own: as in a room, the way from one to the other stays as long as it is.
   */
  addSpeakerInRoom({ volume }: { volume: number }): () => void {
    const way = ['sink_name=room', 'master=micsink', 'channels=1'];
    const module = this.control('load-module', 'module-remap-sink', ...way);
    this.control('set-sink-volume', 'room', `${Math.round(volume * 65_536)}`);
    return () => void this.control('unload-module', module);
  }

  /** Plugs the second speaker in again. */
  addSpareSpeaker(): void {
    this.control('load-module', 'module-null-sink', inScript(spareSink));
  }

  /** Plugs the microphone in again, as the default one. */
  addMicrophone(): void {
    this.control('load-module', 'module-remap-source', inScript(microphone));
    this.control('set-default-source', 'mic');
  }

  /** The number of the module that was loaded with this argument. */
  moduleOf(argument: string): string {
    const line = this.control('list', 'short', 'modules')
      .split('\n')
      .find((one) => one.includes(argument));
    return line?.split('\t')[0] ?? '';
  }

  /** What `pactl` says. */
  control(...args: readonly string[]): string {
    return execFileSync('pactl', args, { env: { ...process.env, ...this.env }, encoding: 'utf8' }).trim();
  }

  async stop(): Promise<void> {
    for (const child of this.#children.toReversed()) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await new Promise((resolve) => child.once('close', resolve));
      }
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #answers(): boolean {
    return spawnSync('pactl', ['info'], { env: { ...process.env, ...this.env } }).status === 0;
  }

  #spawn(program: string, args: readonly string[], stdio: 'ignore' | 'pipe' = 'ignore'): ChildProcess {
    const child = spawn(program, args, { env: { ...process.env, ...this.env }, stdio });
    this.#children.push(child);
    return child;
  }
}

/** What is heard beside a speaker. */
export class RoomEar {
  readonly #program: ChildProcess;
  readonly #pieces: Buffer[] = [];
  #wake: () => void = () => {};

  constructor(program: ChildProcess) {
    this.#program = program;
    program.stdout?.on('data', (piece: Buffer) => {
      this.#pieces.push(piece);
      this.#wake();
    });
  }

  /** Settles when all that was heard so far, silence included, is as told: by its own time and not by that of the machine. */
  async until(isEnough: (heard: Int16Array) => boolean): Promise<Int16Array> {
    while (!isEnough(this.#heard()))
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    return this.#heard();
  }

  /** Hears no more, and gives what was heard. */
  async stop(): Promise<Int16Array> {
    this.#program.kill();
    await new Promise((resolve) => this.#program.once('close', resolve));
    return this.#heard();
  }

  #heard(): Int16Array {
    const bytes = new Uint8Array(Buffer.concat(this.#pieces));
    return new Int16Array(bytes.buffer, 0, bytes.length >> 1);
  }
}
