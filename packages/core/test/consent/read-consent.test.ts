import { describe, expect, it } from 'vitest';
import { consentWords } from '../../src/consent/languages.ts';
import { type Consent, readConsent } from '../../src/consent/read-consent.ts';

const tables: Readonly<Record<string, Readonly<Record<Consent, readonly string[]>>>> = {
  en: {
    yes: [
      'yes',
      'Yes.',
      'YES!',
      'yeah',
      'yep',
      'yup',
      'Sure.',
      'okay',
      'OK',
      'ok, do it',
      'go ahead',
      'Go ahead, please.',
      'please do',
      'Yes please',
      'yes, please go ahead',
      'yes yes',
      'yes that is right',
      "Yes, that's right.",
      'correct',
      "that's correct",
      'absolutely',
      'of course',
      'sounds good',
      'um, yes',
      'yes, thank you',
      'do it',
      'confirm',
      'I confirm',
      'I agree',
      'alright',
    ],
    no: [
      'no',
      'No.',
      'nope',
      'nah',
      'no thanks',
      'No, thank you.',
      "don't",
      "Don't!",
      'don’t do it',
      'do not do that',
      'stop',
      'cancel',
      'please stop',
      'never',
      'never mind',
      'forget it',
      "no, don't",
      "that's wrong",
      'not now',
      "I don't want that",
      'yes but not now',
      'no, but thanks',
      'yes but change the address',
      'yes, but to David',
      'Yes, except the last one',
      'sure, if it is free',
      'yes, make it two',
      'okay, but tomorrow',
      'yes, after lunch',
      'sure, only the first',
      'negative',
      'no way',
      'Cancel that, please.',
    ],
    unclear: [
      'sure thing please do',
      'is that right?',
      'Can you do it?',
      'Could you do it for me?',
      'Yes?',
      'no problem',
      'No problem!',
      'not a problem',
      'why not',
      "I don't mind",
      "I don't know",
      'maybe',
      'wait',
      'hold on',
      'yes no',
      'yes, no, wait',
      'no, yes',
      'not sure',
      'I guess',
      'what?',
      'pardon',
      'sorry',
      'what is the weather',
      'it is order seventeen',
      'yes to the blue one',
      'no idea',
      "don't worry",
      'banana',
      'yes and no',
      'I would like to know what you are going to do with that before I say yes',
      'sure thing dude',
      'right now',
      'please',
      'thank you',
      'not bad',
      'do you mean yes or no',
      'yesterday',
      'nowhere',
      'cancellation',
    ],
    nothing: ['', ' ', '…', '?!', '- -', "'"],
  },
  de: {
    yes: [
      'ja',
      'Ja.',
      'ja, bitte',
      'Jawohl!',
      'genau',
      'gerne',
      'klar',
      'ja, mach das',
      'machen Sie das bitte',
      'in Ordnung',
      'natürlich',
      'Ja, das stimmt.',
      'passt so',
      'okay',
    ],
    no: [
      'nein',
      'Nein, danke.',
      'nee',
      'nö',
      'bitte nicht',
      'stopp',
      'abbrechen',
      'auf keinen Fall',
      'das stimmt nicht',
      'mach das nicht',
      'ja, aber erst morgen',
      'Ja, nur wenn es frei ist',
      'lassen Sie das',
    ],
    unclear: [
      'Stimmt das so?',
      'Ja?',
      'Ist das richtig?',
      'kein Problem',
      'warum nicht',
      'vielleicht',
      'Moment',
      'wie bitte?',
      'ja nein',
      'ich weiß nicht',
      'Banane',
      'yes',
      'das Wetter',
    ],
    nothing: ['', '.'],
  },
};

describe.each(Object.entries(tables))('a reply in %s', (language, table) => {
  const words = consentWords(language);
  for (const [said, replies] of Object.entries(table)) {
    it.each(replies)(`%j says ${said}`, (reply) => {
      expect(words && readConsent(reply, words)).toBe(said);
    });
  }
});

describe('languages', () => {
  it('are known by their first part', () => {
    expect(consentWords('de-AT')).toBe(consentWords('de'));
    expect(consentWords('nl')).toBeUndefined();
  });

  it('are told and added to', () => {
    const dutch = consentWords('nl', { nl: { yes: ['ja'], no: ['nee'], phrases: { closing: 'Doen?' } } });
    expect(dutch && ['Ja!', 'nee', 'hm'].map((reply) => readConsent(reply, dutch))).toEqual([
      'yes',
      'no',
      'unclear',
    ]);
    expect(dutch?.phrases).toMatchObject({ closing: 'Doen?', again: 'Please say yes or no.' });
    const english = consentWords('en', { en: { yes: ['roger'] } });
    expect(english && readConsent('roger', english)).toBe('yes');
    expect(english && readConsent('nope', english)).toBe('no');
  });
});
