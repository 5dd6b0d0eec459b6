import * as z from 'zod';
import type { JsonObject } from '../json.ts';
import { AgentsFileSchema } from './agents-file.ts';

/** The JSON Schema (draft 7) of `agents.yaml` as an author writes it; descriptions become hover text in editors. */
export function agentsFileJsonSchema(): JsonObject {
  const schema = z.toJSONSchema(AgentsFileSchema, { io: 'input', target: 'draft-7', unrepresentable: 'any' });
  return { ...(schema as JsonObject), title: 'agents.yaml' };
}
