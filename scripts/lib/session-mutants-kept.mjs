// Bugs to plant, as in `session-mutants.mjs`: of what is kept, done again or said where it should not be.

/** @type {import('./session-mutants.mjs').Mutant[]} */
export const keptMutants = [
  {
    name: 'resumes-unasked',
    breaks: 'what a noise has cut goes on though the agent is not to do so',
    file: 'user-turn.js',
    find: 'if (!agentOf(state).resumeFalseInterruption)\n        return stay(state);',
    replace: '',
    run: 'on_demand',
  },
  {
    name: 'question-behind',
    breaks: 'a question about a call waits for the texts that are owed',
    file: 'owed.js',
    find: 'bounded([...question, ...state.owed])',
    replace: 'bounded([...state.owed, ...question])',
    profile: 'consents',
  },
  {
    name: 'server-cut-cancelled',
    breaks: 'a server is told to cancel what it has cut by itself',
    file: 'response.js',
    find: "by === 'client' ? send",
    replace: "by === 'client' || state.playout.parts.length > 0 ? send",
  },
  {
    name: 'fatal-failure-retried',
    breaks: 'an answer is asked for again though no other try can help',
    file: 'arbiter.js',
    find: "triageError(code, type) === 'fatal' || attempt",
    replace: 'attempt',
  },
  {
    name: 'taken-out-kept',
    breaks: 'what another client has taken out of the conversation stays in the history',
    file: 'server-event.js',
    find: 'if (isTaken)\n        return sequence(settled, (next) => takeOut(next, event.item_id));',
    replace: 'if (isTaken)\n        return settled;',
  },
  {
    name: 'idle-without-connection',
    breaks: 'the user is asked whether they are there while there is no connection',
    file: 'silence.js',
    find: "if (!isSettled(state) || state.connection.kind === 'offline')",
    replace: 'if (!isSettled(state))',
    profile: 'outages',
  },
  {
    name: 'late-answers-move-over',
    breaks: 'answers that may come late over one connection are expected of the next',
    file: 'take-over.js',
    find: 'lateAnswers: 0,',
    replace: "lateAnswers: connection.kind === 'ready' ? connection.lateAnswers : 0,",
  },
  {
    name: 'tries-move-over',
    breaks: 'what was asked for in vain over one connection may be answered by anything over the next',
    file: 'take-over.js',
    find: 'rejoins ? rejoinCall : forgetTries',
    replace: 'rejoins ? rejoinCall : stay',
  },
  {
    name: 'dials-forgiven-at-once',
    breaks: 'the dials that a connection took are forgotten as soon as it is made',
    file: 'take-over.js',
    find: '            errors: [],\n        },',
    replace: '            errors: [],\n        },\n        dial: { ...resumed.dial, attempts: 0 },',
    profile: 'outages',
  },
  {
    name: 'cut-call-is-answer',
    breaks: 'an answer of which nothing came but a call that was cut is not asked for again',
    file: 'response.js',
    find: '(isUnsaid(state, ours) || isCutCall(state, ours))',
    replace: 'isUnsaid(state, ours)',
  },
];
