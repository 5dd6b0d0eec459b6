import type { ToolIntent } from '@antiphon/core';

export const setIntents: readonly ToolIntent[] = [
  {
    match: [
      '(set|start|create|make|begin|give me|i need|i want|put on|run) (a|an|another|the|my|me a) {label} timer [for|of|to] {duration_seconds} [please]',
      '(set|start|create|make|begin|give me|i need|i want|put on|run) (a|an|another|me a) [new] {duration_seconds} timer (for|called|named) [the|my] {label}',
      '(set|start|create|make|begin|give me) (a|an|another|the) timer [for|of|to] {duration_seconds} (for|called|named) [the|my] {label}',
      '(set|start|create|make|begin) (a|an) timer (called|named) {label} (for|of) {duration_seconds}',
      'time [the|my] {label} for {duration_seconds}',
    ],
    reply: '{{result.summary}}.',
  },
  {
    match: [
      '(set|start|create|make|begin|give me|i need|i want|put on|run) [a|an|another|the|my|me a] [new] (timer|countdown|alarm) [for|of|to|that runs] {duration_seconds} [please|from now]',
      '(set|start|create|make|begin|give me|i need|i want|put on|run) [a|an|another|me a] [new] {duration_seconds} (timer|countdown) [please]',
      'set the timer (for|to) {duration_seconds}',
      '(timer|countdown) [for|of] {duration_seconds} [please]',
      '{duration_seconds} timer [please]',
      'time [me|it|this] (for|in) {duration_seconds}',
      'time {duration_seconds} [for me]',
      'count down [from|for] {duration_seconds}',
      '(let me know|tell me|notify me|alert me|ping me|warn me|remind me) (when|once|after|in) {duration_seconds} [have|has] [passed|gone by|elapsed|is up|are up|is over|are over|from now]',
      '(let me know|tell me|notify me|alert me|warn me) when {duration_seconds} (have passed|has passed|is up|are up|is over|are over|have gone by|has gone by)',
      '(wake me [up]|call me) (in|after) {duration_seconds}',
      'in {duration_seconds} (let me know|tell me|remind me|wake me [up])',
    ],
    reply: '{{result.summary}}.',
  },
];

export const listIntents: readonly ToolIntent[] = [
  {
    match: [
      'how much (time|longer) is (left|remaining) [on] [the|my] [timer|timers|countdown]',
      'how (much time|long) (is left|remains|do i have [left]) [on] [the|my] [timer|timers]',
      'how much time (do i have|have i got|is there) left [on the timer]',
      'how (long|much longer) (until|till|before) [the|my] timer (ends|is done|is up|is over|rings|goes off)',
      '(what|which) timers (are|do i have) [running|active|set] [right now|now]',
      '(list|show|show me|read|tell me) [all] [the|my] [running|active] timers',
      '(is there|do i have|are there) [a|any] (timer|timers) [running|set|active]',
      '(check|what about) [on] [the|my] (timer|timers)',
      '[what is the] (timer status|status of (the|my) (timer|timers))',
      'when (does|will) [the|my] timer (end|ring|go off|be done)',
    ],
    reply: '{{result.summary}}.',
  },
];

export const cancelIntents: readonly ToolIntent[] = [
  {
    match: [
      '(cancel|stop|delete|remove|clear|end|kill|turn off|switch off|forget) (the|my) {label} timer [please]',
      '(cancel|stop|delete|remove|clear|end|kill|turn off|switch off|forget) [the|my] timer (for|called|named) [the|my] {label}',
    ],
    reply: '{{result.summary}}.',
  },
  {
    match: [
      '(cancel|stop|delete|remove|clear|end|kill|turn off|switch off|forget [about]) (the|my|that|this) [running|current] (timer|countdown) [please]',
      '(cancel|stop|delete|remove|clear) (timer|countdown|it the timer)',
      'i do not need the timer [any more|anymore]',
      'never mind the timer',
    ],
    reply: '{{result.summary}}.',
  },
];
