// The public surface of @antiphon/testing. Adding a name here is adding API.
export { ArraySource, type ArraySourceOptions } from './array-source.ts';
export { spokenCallEvents } from './call-events.ts';
export type { HeardSpeech } from './caller/agent-ear.ts';
export type { CallerCondition, CallerSpeech, SaidSpeech } from './caller/caller-steps.ts';
export { ScriptedCaller, type ScriptedCallerOptions } from './caller/scripted-caller.ts';
export { checkAnnouncer } from './contracts/announcer-contract.ts';
export { type HostedProvider, hostedProviderSubject } from './contracts/hosted-subject.ts';
export { checkKeyValueStore } from './contracts/key-value-store-contract.ts';
export {
  type ContractCheck,
  type ProviderBench,
  type ProviderSubject,
  providerContract,
} from './contracts/provider-contract.ts';
export { checkTransport, type TransportUnderTest } from './contracts/transport-contract.ts';
export { type FailingManner, FailingServer, type FailingServerOptions } from './failing-server.ts';
export { type FakeAnnouncer, fakeAnnouncer } from './fake-announcer.ts';
export {
  type CallRefusal,
  FakeCalls,
  type FormPart,
  formParts,
  type OfferAnswer,
  type ReceivedCallRequest,
} from './fake-calls.ts';
export {
  type FakeDialect,
  FakePeer,
  type PeerClose,
  type PeerRequest,
  type ReceivedFrame,
} from './fake-peer.ts';
export {
  FakeRealtimeServer,
  type FakeRealtimeServerOptions,
  type PeerScript,
  type Playback,
  type UpgradeRefusal,
} from './fake-realtime-server.ts';
export {
  type FakeToolHost,
  type FakeToolHostOptions,
  fakeToolHost,
  type ScriptedOutcome,
  type ToolScript,
  toolSpec,
} from './fake-tool-host.ts';
export type { EventMatch, Fault, FaultMoment } from './faults.ts';
export { FakeGeminiServer, type FakeGeminiServerOptions } from './gemini/fake-gemini-server.ts';
export { type GeminiFrameKind, readGeminiFrame } from './gemini/gemini-frames.ts';
export type { GeminiPeer } from './gemini/gemini-peer.ts';
export { type HandTurns, handTurns } from './hand-turn-detector.ts';
export { MemoryKeyValueStore } from './memory-key-value-store.ts';
export type {
  ModelAnswer,
  ModelAnswerSource,
  ModelCall,
  ModelCondition,
  ModelContext,
  ModelHostedCall,
  ModelTiming,
} from './model/answers.ts';
export type { ModelConversation, ModelEvent, ModelPeer } from './model/model-conversation.ts';
export type { ModelItem } from './model/model-items.ts';
export { ModelProvider } from './model/model-provider.ts';
export {
  type ModelRule,
  RealtimeServerModel,
  type RealtimeServerModelOptions,
} from './model/realtime-server-model.ts';
export type { ModelManners } from './model/response-run.ts';
export type { KeptLog } from './plugins/kept-logs.ts';
export type { ScriptedTurn } from './plugins/scripted-turns.ts';
export {
  type HeldCall,
  type HeldTurn,
  type TestConversation,
  type TestConversationOptions,
  testConversation,
} from './plugins/test-conversation.ts';
export {
  type TestCallOptions,
  type TestedCall,
  type TestedTool,
  type TestToolOptions,
  testTool,
} from './plugins/test-tool.ts';
export { realClock } from './real-clock.ts';
export type { PlaybackAnswers, SkippedStep } from './recorded/playback.ts';
export { recordedAgent, recordedProvider } from './recorded/recorded-agent.ts';
export {
  type RecordedConversation,
  type RecordedItem,
  type RecordedResponse,
  recordedConversation,
} from './recorded/recorded-conversation.ts';
export {
  type RecordedAction,
  type RecordedSession,
  type RecordedTool,
  recordedSession,
} from './recorded/recorded-session.ts';
export { parseRecording, type Recording, type RecordingStep } from './recorded/recording.ts';
export { RecordingSink, type RecordingSinkOptions } from './recording-sink.ts';
export { ScriptBuilder, type ScriptedSpeech, type ScriptedToolCall, script } from './script.ts';
export {
  type ScriptedCall,
  ScriptedProvider,
  type ScriptedProviderOptions,
  ScriptedServer,
  type ServerScript,
  type SpokenAnswer,
} from './scripted-provider.ts';
export {
  type CertificateOptions,
  selfSignedCertificate,
  type TestCertificate,
} from './self-signed-certificate.ts';
export { SequentialIds } from './sequential-ids.ts';
export { joined, noise, type SignalShape, silence, speechLike, tone } from './signals.ts';
export { EventQueue, type Task } from './simulator/event-queue.ts';
export { invariants } from './simulator/invariants/all.ts';
export type { Fail, Invariant, Watch } from './simulator/invariants/invariant.ts';
export {
  type ObservedRegion,
  type ObservedTransition,
  type ObservedTransitions,
  observedRegions,
  observeTransitions,
} from './simulator/observe-transitions.ts';
export { Prng, seedOfSchedule } from './simulator/prng.ts';
export {
  describeProfile,
  drawProfile,
  type Feature,
  features,
  type Level,
  type Profile,
  profileNames,
} from './simulator/profile.ts';
export { runnerRules } from './simulator/runner/rules.ts';
export { type RunnerScheduleOptions, runRunnerSchedule } from './simulator/runner/run-runner-schedule.ts';
export {
  pureDriver,
  replayJournal,
  type SessionDriver,
  type SessionStep,
  type SessionUnderTest,
  type Transition,
} from './simulator/session-under-test.ts';
export { settingsOfSchedule } from './simulator/settings-of-schedule.ts';
export {
  describeFailure,
  runSchedule,
  type ScheduleOptions,
  type ScheduleResult,
  type Violation,
} from './simulator/simulate.ts';
export { describeStep, type TraceEntry, traceText } from './simulator/trace.ts';
export { type StepObserver, World, type WorldOptions } from './simulator/world.ts';
export { callEvents as toolCallEvents } from './spoken-events.ts';
export { settlePromises, VirtualClock } from './virtual-clock.ts';
