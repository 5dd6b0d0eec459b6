// Bugs to plant, as in `session-mutants.mjs`: of calls that the session has joined, whose sound goes past it.

/** @type {import('./session-mutants.mjs').Mutant[]} */
export const joinedMutants = [
  {
    name: 'call-given-anew',
    breaks: 'a call that is joined again is given its whole conversation',
    file: 'take-over.js',
    find: '? undeliveredItems(resumed)',
    replace: "? seedItems(resumed).map((item) => ({ item, wants: 'nothing' }))",
    profile: 'joined_calls',
  },
  {
    name: 'call-unconfirmed-lost',
    breaks: 'what a call had not confirmed when the connection broke is never given to it',
    file: 'remote-outage.js',
    find: 'sequence(keepUnconfirmed(state), forgetRemotePlayout',
    replace: 'sequence(stay(state), forgetRemotePlayout',
    profile: 'joined_calls',
  },
  {
    name: 'call-unconfirmed-lost-by-crash',
    breaks: 'what a call had not confirmed when the process ended is never given to it',
    file: 'resume.js',
    find: 'sequence(suspendConversation(alone), (next) => become(next, { pending: new Map() })',
    replace: 'sequence(suspendConversation(alter(alone, { pending: new Map() }))',
    profile: 'joined_calls',
  },
  {
    name: 'call-not-silenced',
    breaks: 'the server of a call speaks on when the agent is silenced by hand',
    file: 'remote-call.js',
    find: "isHeard && by === 'client' ?",
    replace: 'isHeard && by === undefined ?',
    profile: 'joined_calls',
  },
  {
    name: 'call-queue-forgotten',
    breaks: 'an answer that ends while another is heard is not known when its own sound begins',
    file: 'response-event.js',
    find: '(next) => queueRemotePlayout(next, responseId)',
    replace: 'stay',
    profile: 'joined_calls',
  },
  {
    name: 'call-end-unwatched',
    breaks: 'the end of what a call says is waited for without end',
    file: 'remote-call.js',
    find: 'if (watched === before)',
    replace: 'if (watched !== undefined)',
    profile: 'joined_calls',
  },
  {
    name: 'call-moved',
    breaks: 'another connection is made beside the one that leads to the call',
    file: 'succession.js',
    find: "if (isRemote(state))\n        return why === 'handoff' ? updateSession(state) : stay(state);",
    replace: '',
    profile: 'joined_calls',
  },
];
