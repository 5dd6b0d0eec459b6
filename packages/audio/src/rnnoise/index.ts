// The public surface of @antiphon/audio/rnnoise: noise suppression by RNNoise, apart because it brings a library.
export { loadRnnoise, type Rnnoise } from './load-rnnoise.ts';
