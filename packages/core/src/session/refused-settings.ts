import { toGaParam } from '../protocol/beta/params.ts';
import { settingsOf } from './agents.ts';
import type { SessionState } from './state.ts';

/** What a server says of settings that it does not take. */
export interface SettingsRefusal {
  readonly code?: string | null | undefined;
  readonly message: string;
  /** The place of the setting in the session object of the GA dialect, after `session.`. */
  readonly param?: string | null | undefined;
}

const prefix = 'session.';
/** Errors that name their setting by their code alone. */
const settingByCode: Readonly<Record<string, string>> = { cannot_update_voice: 'session.audio.output.voice' };

/**
 * The server's words, with where the setting stands in the agent file. A server that names no setting is answered for with
 * all that was sent.
 */
export function describeRefusal(state: SessionState, refusal: SettingsRefusal): string {
  const said = refusal.code ? `${refusal.code}: ${refusal.message}` : refusal.message;
  const param = refusedParam(refusal);
  if (param === undefined) {
    const sent = wholePlaces(sentPlaces(state));
    return sent.length === 0 ? said : `${said} (it names no setting; what was sent: ${sent.join(', ')})`;
  }
  const place = placeOf(param, sentPlaces(state));
  return place === undefined ? `${said} (${param})` : `${said} (${place}; on the wire ${param})`;
}

/** Whether an error is about settings, where it does not say which event it answers. */
export function isAboutSettings(refusal: SettingsRefusal): boolean {
  return refusedParam(refusal)?.startsWith(prefix) === true;
}

/** Some servers name the setting in their words only. */
function refusedParam({ code, message, param }: SettingsRefusal): string | undefined {
  if (param) return param;
  const quoted = /['"`](session\.[\w.[\]]+)['"`]/.exec(message)?.[1];
  return quoted === undefined ? settingByCode[code ?? ''] : toGaParam(quoted);
}

/** The places of the settings that the provider was sent, by their place in the session object. */
function sentPlaces(state: SessionState): Readonly<Record<string, string>> {
  const provider = state.settings.providers[state.dial.provider];
  const places = { ...provider?.places, ...settingsOf(state, state.agent).places };
  const leftOut = provider?.leavesOut ?? [];
  const isSent = ([path]: readonly [string, string]) =>
    !leftOut.some((left) => path === left || path.startsWith(`${left}.`));
  return Object.fromEntries(Object.entries(places).filter(isSent));
}

/** The places without those that are told member by member. */
function wholePlaces(places: Readonly<Record<string, string>>): readonly string[] {
  const paths = Object.keys(places);
  const whole = paths.filter((path) => !paths.some((other) => other.startsWith(`${path}.`)));
  return whole.flatMap((path) => places[path] ?? []);
}

/** The nearest setting that stands in the file: the one named, or what it is part of. */
function placeOf(param: string, places: Readonly<Record<string, string>>): string | undefined {
  if (!param.startsWith(prefix)) return undefined;
  for (let path = param.slice(prefix.length); path !== ''; path = path.replace(/(?:^|[.[])[^.[]*$/, '')) {
    if (Object.hasOwn(places, path)) return places[path];
  }
  return undefined;
}
