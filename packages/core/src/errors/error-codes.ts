import { audioErrors } from './codes/audio.ts';
import { callErrors } from './codes/call.ts';
import { cliErrors } from './codes/cli.ts';
import { configErrors } from './codes/config.ts';
import { localErrors } from './codes/local.ts';
import { providerErrors } from './codes/provider.ts';
import { providerPluginErrors } from './codes/provider-plugin.ts';
import { sessionErrors } from './codes/session.ts';
import { toolErrors } from './codes/tool.ts';
import { toolIsolationErrors } from './codes/tool-isolation.ts';
import { toolKindErrors } from './codes/tool-kind.ts';

/** The closed table of every error Antiphon makes. Adding, renaming or removing a row is a change of the public API. */
export const errorTable = {
  ...audioErrors,
  ...callErrors,
  ...cliErrors,
  ...configErrors,
  ...localErrors,
  ...providerErrors,
  ...providerPluginErrors,
  ...sessionErrors,
  ...toolErrors,
  ...toolIsolationErrors,
  ...toolKindErrors,
} as const;

/** A stable code of {@link errorTable}. */
export type ErrorCode = keyof typeof errorTable;

/** The names in braces; braces around anything but a name are text. */
type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? (Name extends `${string}${' ' | '"'}${string}` ? never : Name) | Placeholders<Rest>
  : never;

/** The values that the message and the hint of `Code` name. */
export type ErrorData<Code extends ErrorCode> = Readonly<
  Record<
    Placeholders<(typeof errorTable)[Code]['message']> | Placeholders<(typeof errorTable)[Code]['hint']>,
    string | number
  >
>;
