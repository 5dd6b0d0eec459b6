import { tokenize } from './tokens.ts';
import { isFiller } from './vocabulary.ts';

/** A turn that is about the conversation, not about any tool. */
export type SmallTalk = 'greeting' | 'thanks' | 'goodbye' | 'help' | 'wellbeing' | 'refusal' | 'assent';

const phrases: Readonly<Record<SmallTalk, readonly string[]>> = {
  greeting: [
    'hello',
    'hi',
    'hey',
    'good morning',
    'good afternoon',
    'good evening',
    'hello there',
    'hi there',
    'hey there',
    'howdy',
  ],
  thanks: [
    'thanks',
    'thank you',
    'thank you very much',
    'thanks a lot',
    'thank you so much',
    'many thanks',
    'cheers',
    'great thanks',
    'okay thanks',
    'great thank you',
    'okay thank you',
    'perfect thank you',
    'no thanks',
    'no thank you',
    'that is all thanks',
    'that is all thank you',
  ],
  goodbye: [
    'bye',
    'goodbye',
    'bye bye',
    'good bye',
    'see you',
    'see you later',
    'good night',
    'talk to you later',
    'that is all',
    'that is it',
    'i am done',
    'we are done',
  ],
  help: [
    'help',
    'help me',
    'what can you do',
    'what can i say',
    'what can i ask',
    'what can i ask you',
    'what do you do',
    'who are you',
    'what are you',
    'how can you help',
    'how can you help me',
    'what can you do for me',
    'what can you help with',
    'what can you help me with',
    'what are your options',
    'what are my options',
    'what else can you do',
    'can you help me',
    'i need help',
    'what do you know',
    'how does this work',
    'how do you work',
    'tell me what you can do',
  ],
  wellbeing: [
    'how are you',
    'how are you doing',
    'how are you today',
    'how is it going',
    'are you there',
    'can you hear me',
  ],
  refusal: [
    'no',
    'nope',
    'nah',
    'never mind',
    'nevermind',
    'forget it',
    'cancel',
    'cancel that',
    'stop',
    'not now',
    'nothing',
    'leave it',
  ],
  assent: [
    'yes',
    'yeah',
    'yep',
    'okay',
    'sure',
    'right',
    'all right',
    'alright',
    'fine',
    'good',
    'great',
    'perfect',
    'cool',
  ],
};

const kinds = Object.keys(phrases) as readonly SmallTalk[];
const byPhrase = new Map<string, SmallTalk>(
  kinds.flatMap((kind) => phrases[kind].map((phrase) => [phrase, kind] as const)),
);

/** Which kind of small talk the whole turn is, if it is nothing more. */
export function smallTalkOf(text: string): SmallTalk | undefined {
  const words = tokenize(text)
    .map((token) => token.heard)
    .filter((word) => !isFiller(word));
  if (words.length === 0 || words.length > 10) return undefined;
  const whole = byPhrase.get(words.join(' '));
  if (whole !== undefined) return whole;
  return splitInTwo(words);
}

/** "Hello, how are you": the second half decides; "thanks, bye" too. */
function splitInTwo(words: readonly string[]): SmallTalk | undefined {
  for (let at = 1; at < words.length; at += 1) {
    const first = byPhrase.get(words.slice(0, at).join(' '));
    const second = byPhrase.get(words.slice(at).join(' '));
    if (first !== undefined && second !== undefined) return second;
  }
  return undefined;
}

const cancelPhrases = new Set([
  ...phrases.refusal.filter((phrase) => phrase !== 'nothing'),
  'stop it',
  'forget about it',
  'do not bother',
  'no thanks',
  'no thank you',
]);

/** Whether the whole turn calls off what was under way. */
export function isCancel(text: string): boolean {
  const words = tokenize(text)
    .map((token) => token.heard)
    .filter((word) => !isFiller(word) && word !== 'actually');
  const phrase = words.join(' ');
  const [first = '', ...rest] = words;
  return (
    cancelPhrases.has(phrase) || (['no', 'okay', 'oh'].includes(first) && cancelPhrases.has(rest.join(' ')))
  );
}
