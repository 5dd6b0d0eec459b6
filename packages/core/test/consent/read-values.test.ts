import { describe, expect, it } from 'vitest';
import { areRead } from '../../src/consent/read-values.ts';

describe('the values of a question that was read aloud', () => {
  it.each([
    [['Alice'], 'Send it to alice.'],
    [['Müller'], 'An Mueller. Soll ich?'],
    [['Strauß'], 'An Strauss.'],
    [['Kowalczyk'], 'To Kovalchik.'],
    [['Catherine'], 'To Kathryn.'],
    [['ann@example.com'], 'To: ann at example dot com.'],
    [['ann@example.com'], 'To: A N N at example dot com.'],
    [['john_smith'], 'To: johnsmith.'],
    [['JohnSmith'], 'To: John Smith.'],
    [['https://www.example.com/a'], 'Open example dot com slash a.'],
    [['12 Main St'], 'To: twelve Main Street.'],
    [['Dr Who'], 'To: Doctor Who.'],
    [['5 kg', 'GBP'], 'Weight: five kilograms, in pounds.'],
    [['Yes'], 'Express: yes.'],
    [['24 December'], 'On: 24.12.'],
    [['fifty'], 'Amount: 50.'],
    [['A-17'], 'Seat: A 17.'],
    [['Anna'], '宛先:アンナ。'],
    [['Анна'], 'Кому: Анна.'],
    [['Анна'], 'To: Anna.'],
    [['東京'], '行き先:とうきょう。'],
    [['Alice', 'Bob'], 'From Alice to Bob.'],
    [['', '  ', '!'], 'Nothing.'],
    [[], ''],
  ])('%j may be in %j', (values, said) => {
    expect(areRead(values, `Question: ${values.join(', ')}`, said)).toBe(true);
  });

  it.each([
    [['Alice'], 'Send it to Bob.'],
    [['Bob'], 'Send it to Ann.'],
    [['Bob'], 'Send it to Alexander.'],
    [['Alice'], 'Send it.'],
    [['London'], 'To Lisbon.'],
    [['Alice', 'Bob'], 'From Bob to Alice.'],
    [['ann@example.com'], 'To: bob at example dot com.'],
    [['ann@example.com'], 'To: bob.'],
    [['No'], 'Express: yes.'],
    [['Ja'], 'Eilig: nein.'],
    [['USD'], 'Question: EUR.'],
    [['A-17'], 'Seat: B 17.'],
    [['Анна'], 'Кому: Борис.'],
    [['Alice Miller'], 'To: Alice.'],
  ])('%j is not in %j', (values, said) => {
    expect(areRead(values, `Question: ${values.join(', ')}`, said)).toBe(false);
  });
});
