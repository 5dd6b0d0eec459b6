import { type AgentsFile, type ConfigSecret, hostedServersOf } from '@antiphon/core';
import { secretHeaders } from '../providers/secrecy.ts';

/** What the agents show servers that the provider reaches: it goes into `session.update`, and into no log, also where the file has it as it is. */
export function hostedSecrets({ agents }: Pick<AgentsFile, 'agents'>): readonly ConfigSecret[] {
  return Object.values(agents)
    .flatMap(hostedServersOf)
    .flatMap(({ authorization, headers }) =>
      secretHeaders({ ...headers, ...(authorization !== undefined && { authorization }) }),
    );
}
