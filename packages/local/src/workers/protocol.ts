import type { OnnxRuntimeKind } from '../onnx/runtime.ts';
import type { SpeechStyle } from '../stages.ts';
import type { MoonshineSize } from '../stt/moonshine-model.ts';
import type { TransportedError } from './transported-error.ts';

/** The methods of a worker: what each takes and gives. Values travel by structured clone. */
export type WorkerMethods = Readonly<
  Record<string, { readonly request: unknown; readonly response: unknown }>
>;

/** The methods of the recognition worker. */
export type RecognitionMethods = {
  readonly transcribe: { readonly request: Float32Array; readonly response: string };
};

/** What the recognition worker is started with. */
export interface RecognitionSetup {
  readonly runtime: OnnxRuntimeKind;
  readonly model: MoonshineSize;
}

/** The methods of a worker that speaks. */
export type SpeakerMethods = {
  readonly synthesize: {
    readonly request: { readonly text: string; readonly style: SpeechStyle };
    readonly response: Int16Array;
  };
};

/** The methods of the worker that speaks and embeds. */
export type VoiceMethods = SpeakerMethods & {
  readonly embed: { readonly request: readonly string[]; readonly response: readonly Float32Array[] };
};

/** From the owner to a worker. */
export type ToWorker =
  | { readonly kind: 'call'; readonly id: number; readonly method: string; readonly request: unknown }
  | { readonly kind: 'cancel'; readonly id: number };

/** From a worker to its owner: exactly one answer to each call that was not cancelled. */
export type FromWorker =
  | { readonly kind: 'response'; readonly id: number; readonly response: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly error: TransportedError };
