/** How the `antiphon` command ends. */
export const exitCodes = {
  done: 0,
  /** Bad usage or configuration. */
  usage: 2,
  /** The provider could not be reached or refused. */
  provider: 3,
  /** The session failed. */
  session: 4,
  /** Interrupted, after a clean close. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
