/** What only the runner can break: it performs what the session decides. */
export const runnerRules = {
  P01: 'what is done was written down before it is done',
  P02: 'what was written down is done, once',
  P03: 'timers fire when they are due, and only those that run',
  P04: 'when the session is closed no timer is left',
  P05: 'a connection is made once, used while it lasts, and closed once',
  P06: "the user's sound is given in order; none is lost or given twice, and the books say so",
  P07: "the user's sound goes to the connection in use, and not while it is kept back",
  P08: 'a call runs once, is ended when that is asked for, and has one outcome',
  P09: 'the newest text is held against a guard, and a verdict that comes late is dropped',
  P10: 'what a port throws is contained, and told',
  P11: 'no promise is rejected with nobody to take it, and nobody goes on listening',
  P12: 'a session that is over is closed soon',
  P13: 'after the end nothing is done',
  P14: "the agent's sound reaches the sink whole and in order",
} as const;

export type RuleId = keyof typeof runnerRules;
