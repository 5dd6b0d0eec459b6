import {
  type AgentConfig,
  detectionDefaults,
  hostedServersOf,
  hostedTool,
  type JsonValue,
  type SessionUpdate,
  settingAt,
  type ToolSpec,
  wireSessionOf,
  wireSettings,
  withSetting,
} from '@antiphon/core';
import type { WireFormat } from '../audio/session-codec.ts';

/** The audio formats of a session, which hold as long as it does. */
export interface SessionFormats {
  readonly input: WireFormat;
  readonly output: WireFormat;
}

/** What is spoken where nothing else is asked for. */
export const defaultFormat: WireFormat = { type: 'audio/pcm' };

const formatPaths = { input: 'audio.input.format', output: 'audio.output.format' } as const;

/** The session object of an agent with its tools, and the servers whose tools the provider calls itself. A member that the file leaves open is left out. */
export function sessionUpdate(agent: AgentConfig, tools: readonly ToolSpec[]): SessionUpdate {
  const session = wireSessionOf(agent);
  const all = [...tools.map(functionTool), ...hostedServersOf(agent).map(hostedTool)];
  return all.length === 0 ? session : { ...session, tools: all };
}

/**
 * The formats that the session objects of an agent ask for.
 *
 * @param leftOut settings that the server is not sent: it keeps to PCM where it cannot be told.
 */
export function formatsOf(session: SessionUpdate, leftOut: readonly string[] = []): SessionFormats {
  const of = (direction: keyof SessionFormats): WireFormat =>
    leftOut.includes(formatPaths[direction])
      ? defaultFormat
      : (session.audio?.[direction]?.format ?? defaultFormat);
  return { input: of('input'), output: of('output') };
}

/** A session object that asks for the formats of the session, whatever its agent says. */
export function withFormats(session: SessionUpdate, formats: SessionFormats): SessionUpdate {
  return (['input', 'output'] as const).reduce((changed, direction) => {
    const path = formatPaths[direction];
    const { type } = formats[direction];
    const isStated = settingAt(changed, path) !== undefined;
    if (!isStated && type === defaultFormat.type) return changed;
    return withSetting(changed, path, type === 'audio/pcm' ? { type, rate: 24_000 } : { type });
  }, session);
}

/**
 * Session objects that can follow each other on one connection: what one of them states, the others state too, so that
 * nothing of the agent before is kept. Only what every server does by default can be stated for an agent that is silent.
 */
export function successiveSessions(
  sessions: Readonly<Record<string, SessionUpdate>>,
): Readonly<Record<string, SessionUpdate>> {
  const all = Object.values(sessions);
  const stated = defaults.filter(({ path }) => all.some((session) => settingAt(session, path) !== undefined));
  const complete = (session: SessionUpdate): SessionUpdate =>
    stated.reduce(
      (changed, { path, value }) =>
        settingAt(changed, path) === undefined && isPlaced(changed, path)
          ? withSetting(changed, path, value)
          : changed,
      session,
    );
  return Object.fromEntries(Object.entries(sessions).map(([name, session]) => [name, complete(session)]));
}

const detectionPath = 'audio.input.turn_detection';

interface Default {
  readonly path: string;
  readonly value: JsonValue;
}

const defaults: readonly Default[] = [
  ...wireSettings.flatMap(({ path, serverDefault }) =>
    serverDefault === undefined ? [] : [{ path, value: serverDefault }],
  ),
  { path: 'tools', value: [] },
  ...Object.entries(detectionDefaults).map(([name, value]) => ({ path: `${detectionPath}.${name}`, value })),
];

/** Members of the turn detection belong where the server finds turns, and eagerness where it does so by sense. */
function isPlaced(session: SessionUpdate, path: string): boolean {
  if (!path.startsWith(`${detectionPath}.`)) return true;
  const type = session.audio?.input?.turn_detection?.type;
  return path.endsWith('.eagerness') ? type === 'semantic_vad' : type !== undefined;
}

function functionTool({ name, description, parameters }: ToolSpec) {
  return { type: 'function' as const, name, description, parameters };
}
