import type { AgentConfig, AgentRevision } from '@antiphon/core';
import type { Program } from '../program/load-program.ts';

/**
 * When a change holds: `now` (nothing that runs is touched by it), from the `next_turn` of the sessions under way, for the
 * `next_session`, or with a `new_connection` to the model, which the sessions under way make at a quiet moment.
 */
export type ReloadTime = 'now' | 'next_turn' | 'next_session' | 'new_connection';

/** One difference between the program that ran and the one that was loaded. */
export interface ReloadChange {
  /** What changed: `agents.desk.instructions`, `tools.get_weather`, `plugin crm`. */
  readonly place: string;
  /** Where it stands in the agent file: `agents.yaml:12:5`; undefined for what is gone, or does not stand there. */
  readonly at: string | undefined;
  readonly change: 'added' | 'changed' | 'removed';
  readonly applies: ReloadTime;
}

type Members = Readonly<Record<string, unknown>>;

/** Keys of an agent that do not wait for the next session. */
const agentTimes: Readonly<Record<string, ReloadTime>> = {
  instructions: 'next_turn',
  idle: 'next_turn',
  dead_air: 'next_turn',
  voice: 'new_connection',
};

/** What a new program changes, in the order of the file. */
export function programChanges(before: Program, after: Program): readonly ReloadChange[] {
  const [old, now] = [before.agents, after.agents];
  const sections: readonly [keyof typeof now, ReloadTime, ReloadTime][] = [
    ['providers', 'now', 'next_session'],
    ['prices', 'next_session', 'next_session'],
    ['recording', 'next_session', 'next_session'],
    ['tools', 'next_session', 'next_session'],
  ];
  const changes = [
    ...(old.default_agent === now.default_agent
      ? []
      : [change(['default_agent'], 'changed', 'next_session', after)]),
    ...sections.flatMap(([section, added, changed]) =>
      memberChanges([section], [old[section] as Members, now[section] as Members], {
        added,
        changed: () => changed,
        after,
      }),
    ),
    ...pluginChanges(before, after),
    ...agentChanges(before, after),
  ];
  return changes;
}

/** What the sessions under way are told, by agent. */
export function agentRevisions(
  changes: readonly ReloadChange[],
  { agents }: Program,
): Readonly<Record<string, AgentRevision>> {
  const changed = changes.filter(({ applies }) => applies === 'next_turn' || applies === 'new_connection');
  return Object.fromEntries(
    Object.entries(agents.agents)
      .filter(([name]) => changed.some(({ place }) => place.startsWith(`agents.${name}.`)))
      .map(([name, agent]) => [name, revisionOf(agent)]),
  );
}

function revisionOf({ instructions, voice, idle, dead_air: deadAir }: AgentConfig): AgentRevision {
  return {
    instructions,
    voice,
    idle: idle && { afterMs: idle.after_ms, say: idle.say, times: idle.times, lastly: idle.then },
    deadAir: deadAir && { afterMs: deadAir.after_ms, say: deadAir.say },
  };
}

/** An agent that is there before and after is compared key by key. */
function agentChanges(before: Program, after: Program): readonly ReloadChange[] {
  const [old, now] = [before.agents.agents, after.agents.agents];
  const whole = memberChanges(['agents'], [old, now], { added: 'now', changed: () => 'next_session', after });
  return whole.flatMap((each) => {
    if (each.change !== 'changed') return [each];
    const name = each.place.slice('agents.'.length);
    return memberChanges(['agents', name], [old[name] ?? {}, now[name] ?? {}], {
      added: 'next_session',
      changed: (key) => agentTimes[key] ?? 'next_session',
      after,
    }).map((inner) => {
      // Idle and dead air may come and go; instructions that a model was told cannot be taken back.
      const key = inner.place.slice(each.place.length + 1);
      return key === 'idle' || key === 'dead_air' ? { ...inner, applies: 'next_turn' as const } : inner;
    });
  });
}

/** A plugin is what it was made of: its entry, and the files that this names. */
function pluginChanges(before: Program, after: Program): readonly ReloadChange[] {
  const [old, now] = [before.tools.open, after.tools.open];
  const names = (plugins: typeof old) => new Set([...plugins.values()].map(({ scope }) => scope.plugin));
  const [oldNames, newNames] = [names(old), names(now)];
  const fresh = [...now].filter(([key]) => !old.has(key));
  const gone = [...old].filter(([key, { scope }]) => !now.has(key) && !newNames.has(scope.plugin));
  return [
    ...fresh.map(
      ([, { scope, place }]): ReloadChange => ({
        place: `plugin ${scope.plugin}`,
        at: place.path && after.locate(place.path),
        change: oldNames.has(scope.plugin) ? 'changed' : 'added',
        applies: 'next_session',
      }),
    ),
    ...gone.map(
      ([, { scope }]): ReloadChange => ({
        place: `plugin ${scope.plugin}`,
        at: undefined,
        change: 'removed',
        applies: 'next_session',
      }),
    ),
  ];
}

function memberChanges(
  path: readonly string[],
  [old, now]: readonly [Members, Members],
  {
    added,
    changed,
    after,
  }: {
    readonly added: ReloadTime;
    readonly changed: (key: string) => ReloadTime;
    readonly after: Program;
  },
): readonly ReloadChange[] {
  const keys = [...new Set([...Object.keys(now), ...Object.keys(old)])];
  return keys.flatMap((key) => {
    const place = [...path, key];
    const [had, has] = [isThere(old, key), isThere(now, key)];
    if (had && has) {
      const isSame = JSON.stringify(old[key]) === JSON.stringify(now[key]);
      return isSame ? [] : [change(place, 'changed', changed(key), after)];
    }
    if (has) return [change(place, 'added', added, after)];
    return had ? [change(place, 'removed', 'next_session', after)] : [];
  });
}

function isThere(members: Members, key: string): boolean {
  return Object.hasOwn(members, key) && members[key] !== undefined;
}

function change(
  path: readonly string[],
  kind: ReloadChange['change'],
  applies: ReloadTime,
  after: Program,
): ReloadChange {
  const at = kind === 'removed' ? undefined : after.locate(path);
  return { place: path.join('.'), at, change: kind, applies };
}
