import { type WasmFunctions, type WasmMemory, type WasmModule, webAssembly } from './web-assembly.ts';

/** What a command-line program compiled to WASI did. */
export interface WasiRun {
  readonly exitCode: number;
  /** The files it wrote, by the path it named. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What it wrote to standard output and standard error. */
  readonly output: string;
}

/** A file being written. */
interface MemoryFile {
  readonly path: string;
  bytes: Uint8Array;
  length: number;
  position: number;
}

const success = 0;
const badDescriptor = 8;
const noEntry = 44;
const invalid = 28;

const firstFileDescriptor = 4;
/** The one directory the program sees; WASI opens every path relative to a descriptor given beforehand. */
const rootDescriptor = 3;
const rootName = '/';

const directoryType = 3;
const regularFileType = 4;
const createFlag = 1;
const initialFileBytes = 1 << 18;

class ProcessExit extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`the program ended with exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/**
 * Runs a program compiled for `wasi_snapshot_preview1` in a world that has nothing but its arguments: it sees an
 * empty directory, files it writes stay in memory, and there are no environment, clock, input or network.
 *
 * @param module a program of which only the thirteen functions below are used; others make it fail to start.
 * @param args the arguments, the program's name first.
 */
export function runWasi(module: WasmModule, args: readonly string[]): WasiRun {
  const world = new MemoryWorld(args);
  const instance = new webAssembly.Instance(module, { wasi_snapshot_preview1: world.functions() });
  const { memory, _start: start } = instance.exports;
  if (!(memory instanceof webAssembly.Memory) || typeof start !== 'function') {
    throw new TypeError('the module is not a WASI program');
  }
  world.memory = memory;
  return world.result(exitCodeOf(start as () => void));
}

function exitCodeOf(start: () => void): number {
  try {
    start();
    return 0;
  } catch (error) {
    if (error instanceof ProcessExit) return error.exitCode;
    throw error;
  }
}

class MemoryWorld {
  memory: WasmMemory | undefined;
  readonly #args: readonly Uint8Array[];
  readonly #files: MemoryFile[] = [];
  readonly #open = new Map<number, MemoryFile>();
  readonly #decoder = new TextDecoder();
  #output = '';

  constructor(args: readonly string[]) {
    this.#args = args.map((arg) => new TextEncoder().encode(`${arg}\0`));
  }

  result(exitCode: number): WasiRun {
    const files = this.#files.map((file) => [file.path, file.bytes.subarray(0, file.length)] as const);
    return { exitCode, files: new Map(files), output: this.#output };
  }

  functions(): WasmFunctions {
    return {
      args_sizes_get: (countAt: number, sizeAt: number) => {
        const size = this.#args.reduce((sum, arg) => sum + arg.length, 0);
        return this.#writeWords([countAt, this.#args.length], [sizeAt, size]);
      },
      args_get: (pointersAt: number, textAt: number) => this.#giveArguments(pointersAt, textAt),
      clock_time_get: (_clock: number, _precision: bigint, timeAt: number) => {
        this.#view().setBigUint64(timeAt, 0n, true);
        return success;
      },
      fd_prestat_get: (descriptor: number, at: number) =>
        descriptor === rootDescriptor ? this.#writeWords([at, 0], [at + 4, rootName.length]) : badDescriptor,
      fd_prestat_dir_name: (_descriptor: number, at: number) => {
        this.#bytes().set(new TextEncoder().encode(rootName), at);
        return success;
      },
      fd_fdstat_get: (descriptor: number, at: number) => this.#describe(descriptor, at),
      fd_fdstat_set_flags: () => success,
      path_open: (...parameters: PathOpenParameters) => this.#openFile(parameters),
      fd_write: (descriptor: number, vectorsAt: number, count: number, writtenAt: number) =>
        this.#writeWords([writtenAt, this.#write(descriptor, vectorsAt, count)]),
      fd_read: (_descriptor: number, _vectorsAt: number, _count: number, readAt: number) =>
        this.#writeWords([readAt, 0]),
      fd_seek: (...parameters: SeekParameters) => this.#seek(parameters),
      fd_close: (descriptor: number) => {
        this.#open.delete(descriptor);
        return success;
      },
      proc_exit: (exitCode: number) => {
        throw new ProcessExit(exitCode);
      },
    };
  }

  #giveArguments(pointersAt: number, textAt: number): number {
    let at = textAt;
    for (const [index, arg] of this.#args.entries()) {
      this.#writeWords([pointersAt + index * 4, at]);
      this.#bytes().set(arg, at);
      at += arg.length;
    }
    return success;
  }

  /** Fills in `fdstat`: file type at 0, flags at 2, then 64-bit rights at 8 and 16. */
  #describe(descriptor: number, at: number): number {
    this.#bytes().fill(0, at, at + 24);
    this.#view().setUint8(at, descriptor === rootDescriptor ? directoryType : regularFileType);
    this.#view().setBigUint64(at + 8, ~0n & 0xffff_ffff_ffff_ffffn, true);
    this.#view().setBigUint64(at + 16, ~0n & 0xffff_ffff_ffff_ffffn, true);
    return success;
  }

  #openFile([, , pathAt, pathLength, openFlags, , , , descriptorAt]: PathOpenParameters): number {
    if ((openFlags & createFlag) === 0) return noEntry;
    const path = this.#decoder.decode(this.#bytes().slice(pathAt, pathAt + pathLength));
    const file: MemoryFile = { path, bytes: new Uint8Array(initialFileBytes), length: 0, position: 0 };
    const descriptor = firstFileDescriptor + this.#files.length;
    this.#files.push(file);
    this.#open.set(descriptor, file);
    return this.#writeWords([descriptorAt, descriptor]);
  }

  #write(descriptor: number, vectorsAt: number, count: number): number {
    let written = 0;
    for (let index = 0; index < count; index += 1) {
      const at = this.#view().getUint32(vectorsAt + index * 8, true);
      const length = this.#view().getUint32(vectorsAt + index * 8 + 4, true);
      const bytes = this.#bytes().subarray(at, at + length);
      const file = this.#open.get(descriptor);
      if (file === undefined) this.#output += this.#decoder.decode(bytes.slice());
      else append(file, bytes);
      written += length;
    }
    return written;
  }

  #seek([descriptor, offset, whence, positionAt]: SeekParameters): number {
    const file = this.#open.get(descriptor);
    if (file === undefined) return badDescriptor;
    const from = [0, file.position, file.length][whence];
    if (from === undefined) return invalid;
    file.position = from + Number(offset);
    this.#view().setBigUint64(positionAt, BigInt(file.position), true);
    return success;
  }

  #writeWords(...words: readonly (readonly [at: number, value: number])[]): number {
    const view = this.#view();
    for (const [at, value] of words) view.setUint32(at, value, true);
    return success;
  }

  /** Views are made anew each time: they detach when the program's memory grows. */
  #bytes(): Uint8Array {
    return new Uint8Array(this.#buffer());
  }

  #view(): DataView {
    return new DataView(this.#buffer());
  }

  #buffer(): ArrayBuffer {
    if (this.memory === undefined) throw new TypeError('the program has not been started');
    return this.memory.buffer;
  }
}

type PathOpenParameters = readonly [
  directory: number,
  lookupFlags: number,
  pathAt: number,
  pathLength: number,
  openFlags: number,
  rights: bigint,
  inheritedRights: bigint,
  descriptorFlags: number,
  descriptorAt: number,
];

type SeekParameters = readonly [descriptor: number, offset: bigint, whence: number, positionAt: number];

function append(file: MemoryFile, bytes: Uint8Array): void {
  const end = file.position + bytes.length;
  if (end > file.bytes.length) {
    const larger = new Uint8Array(Math.max(end, file.bytes.length * 2));
    larger.set(file.bytes.subarray(0, file.length));
    file.bytes = larger;
  }
  file.bytes.set(bytes, file.position);
  file.position = end;
  file.length = Math.max(file.length, end);
}
