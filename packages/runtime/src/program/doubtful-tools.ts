import {
  type AgentsFile,
  AntiphonError,
  type ConfigPath,
  type ErrorCode,
  parametersToJsonSchema,
} from '@antiphon/core';

/** What is not wrong and yet will not do what it seems to, where it stands in the file. */
export interface DoubtfulTool<Code extends ErrorCode = ErrorCode> {
  readonly path: ConfigPath;
  readonly error: AntiphonError<Code>;
}

/** Questions of consent that leave a parameter out: the user agrees to what they have not heard. */
export function unreadParameters({ tools }: AgentsFile): readonly DoubtfulTool<'config.say_incomplete'>[] {
  return Object.entries(tools).flatMap(([tool, { confirm, parameters }]) => {
    if (typeof confirm !== 'object' || confirm.by !== 'spoken' || confirm.say === undefined) return [];
    const schema = parametersToJsonSchema(parameters);
    const names = schema.ok ? Object.keys(schema.schema['properties'] ?? {}) : [];
    const said = [...confirm.say.matchAll(/\{\{\s*([^{}\s]+)\s*\}\}/g)].map(([, name]) => name);
    const missing = names.filter((name) => !said.includes(name));
    if (missing.length === 0) return [];
    const data = { tool, parameters: missing.join(', '), slot: `{{${missing[0]}}}` };
    const error = new AntiphonError('config.say_incomplete', data);
    return [{ path: ['tools', tool, 'confirm', 'say'], error }];
  });
}

/** Calls before and after conversations that only an application could answer, which has no part in them. */
export function unansweredPhases({
  agents,
  tools,
}: AgentsFile): readonly DoubtfulTool<'config.phase_unanswered'>[] {
  return Object.entries(agents).flatMap(([agent, config]) =>
    (['before_call', 'after_call'] as const).flatMap((phase) =>
      config[phase].flatMap(({ tool }, index) => {
        const isClient = Object.hasOwn(tools, tool) && tools[tool]?.client !== undefined;
        if (!isClient) return [];
        const error = new AntiphonError('config.phase_unanswered', { agent, tool, phase });
        return [{ path: ['agents', agent, phase, index, 'tool'], error }];
      }),
    ),
  );
}

/** Tools in the background whose result the agent never speaks about: the user was told that it would come. */
export function silentResults({ tools }: AgentsFile): readonly DoubtfulTool<'config.background_silent'>[] {
  return Object.entries(tools).flatMap(([tool, { background, reply }]) => {
    if (background !== true || reply !== 'never') return [];
    return [
      { path: ['tools', tool, 'reply'], error: new AntiphonError('config.background_silent', { tool }) },
    ];
  });
}
