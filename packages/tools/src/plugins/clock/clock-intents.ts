import type { ToolIntent } from '@antiphon/core';

const now = '[right now|now|currently|at the moment|at this moment|today|please]';

export const timeIntents: readonly ToolIntent[] = [
  {
    match: [
      `what time is it ${now} (in|at|over in) {place} ${now}`,
      `what time [of day] (is it|do they have|have they got) ${now} (in|over in) {place} ${now}`,
      `(what is|tell me|give me|do you know) the [current|local|exact] time ${now} (in|for|over in) {place} ${now}`,
      `(what is|tell me|give me|do you know) the time of day in {place}`,
      `(tell me|do you know) what time it is ${now} in {place} ${now}`,
      `[the] (current|local) time (in|for) {place}`,
      `[the] time in {place} ${now}`,
      `(how late|what hour) is it in {place} ${now}`,
      `what does the clock say in {place}`,
      `what is {place} time ${now}`,
    ],
    reply: 'It is {{result.time}} in {{result.place}}.',
  },
  {
    match: [
      `what time is it ${now} [here]`,
      `what time (do we have|have we got|do you have|have you got) ${now}`,
      `(what is|tell me|give me|do you have|have you got|do you know) the [current|local|exact] time ${now}`,
      `(tell me|do you know) what time it is ${now}`,
      `(how late|what hour) is it ${now}`,
      'what does the clock say',
      '[the] current time',
    ],
    reply: 'It is {{result.time}}.',
  },
];

export const dateIntents: readonly ToolIntent[] = [
  {
    match: [
      `(what|which) (date|day|day of the week) is it ${now} in {place} ${now}`,
      `(what is|tell me|give me) the [current] (date|day) ${now} in {place} ${now}`,
      `what is [the] (date|day) today in {place}`,
    ],
    reply: 'In {{result.place}} it is {{result.date}}.',
  },
  {
    match: [
      `(what|which) (date|day|day of the week|weekday|month|year) (is it|is today|is this|do we have) ${now}`,
      `(what is|tell me|give me|do you know) (the|today's) [current] (date|day) ${now}`,
      `(what is|tell me) the day of the week ${now}`,
      `(tell me|do you know) (what|which) (day|date) it is ${now}`,
      'what day of the month is it [today]',
      "what is today's date [please]",
      'what is today',
      "today's date",
      '[the] current date',
    ],
    reply: 'Today is {{result.date}}.',
  },
];

export const convertIntents: readonly ToolIntent[] = [
  {
    match: [
      '(when|if) it is {time} in {from_place} what time is it [then] in {to_place}',
      'what time is it in {to_place} (when|if) it is {time} in {from_place}',
      'what time will it be in {to_place} (when|if) it is {time} in {from_place}',
      'what (is|would be) {time} [in] {from_place} [time] in {to_place}',
      'convert {time} from {from_place} [time] to {to_place} [time]',
      'convert {time} [in] {from_place} [time] (to|into) {to_place} [time]',
    ],
    reply: '{{result.summary}}.',
  },
];
