// The public surface of @antiphon/testing. Adding a name here is adding API.
export { ArraySource, type ArraySourceOptions } from './array-source.ts';
export { FakePeer, type PeerClose, type PeerRequest } from './fake-peer.ts';
export {
  FakeRealtimeServer,
  type FakeRealtimeServerOptions,
  type PeerScript,
  type Playback,
} from './fake-realtime-server.ts';
export {
  type FakeToolHost,
  type FakeToolHostOptions,
  fakeToolHost,
  type ScriptedOutcome,
  type ToolScript,
  toolSpec,
} from './fake-tool-host.ts';
export { parseRecording, type Recording, type RecordingStep } from './recording.ts';
export { RecordingSink, type RecordingSinkOptions } from './recording-sink.ts';
export {
  type ScriptedCall,
  ScriptedProvider,
  type ScriptedProviderOptions,
  ScriptedServer,
  type ServerScript,
  type SpokenAnswer,
} from './scripted-provider.ts';
export { SequentialIds } from './sequential-ids.ts';
export { joined, noise, type SignalShape, silence, speechLike, tone } from './signals.ts';
export { settlePromises, VirtualClock } from './virtual-clock.ts';
