import { describe, expect, it } from 'vitest';
import { mayBeRead } from '../../src/consent/read-aloud.ts';

describe('a question that was read aloud', () => {
  it.each([
    ['Order: 17. Shall I go ahead?', 'Order: 17. Shall I go ahead?'],
    ['Order: 17. Shall I go ahead?', 'Order seventeen. Shall I go ahead?'],
    ['Order: 17. Shall I go ahead?', 'Please say yes or no. Order: 17. Shall I go ahead?'],
    ['Order: 17. Soll ich?', 'Bestellung siebzehn. Soll ich?'],
    ['取消订单17。', '取消订单十七。'],
    ['取消订单17。', '取消订单17。'],
    ['Order: 17. Shall I?', 'Order: ١٧. Shall I?'],
    ['To: +441234567. Shall I?', 'To: +44 1234 567. Shall I?'],
    ['To: +441234567. Shall I?', 'To: plus 4 4 1 2 3 4 5 6 7. Shall I?'],
    ['To: +44 1234 567. Shall I?', 'To: +441234567. Shall I?'],
    ['Amount: 1234. Shall I?', 'Amount: 1,234. Shall I?'],
    ['Amount: 17.5. Shall I?', 'Amount: $17.50. Shall I?'],
    ['Amount: 17. Shall I?', 'Amount: 17.00. Shall I?'],
    ['Amount: 17.5. Shall I?', 'Betrag: 17,50. Soll ich?'],
    ['Amount: 1234.5. Shall I?', 'Amount: 1,234.50. Shall I?'],
    ['On: 24.12.2026. Shall I?', 'On: 24 12 2026. Shall I?'],
    ['Seats: 1, 2 and 3. Shall I?', 'Seats: 1, 2, and 3. Shall I?'],
    ['Host: 10.0.0.12. Shall I?', 'Host: 10 0 0 12. Shall I?'],
    ['At: 15:30. Shall I?', 'At: 3:30 PM. Shall I?'],
    ['At: 15:00. Shall I?', 'At: 3 PM. Shall I?'],
    ['At: 08:05. Shall I?', 'At: 8:05. Shall I?'],
    ['On: 2026-12-04. Shall I?', 'On: December 4th, 2026. Shall I?'],
    ['Tickets: 2. Price: 15. Shall I?', 'Tickets: two. Price: 15. Shall I?'],
    ['Go ahead?', 'Go ahead?'],
  ])('%j may be %j', (question, said) => {
    expect(mayBeRead(question, said)).toBe(true);
  });

  it.each([
    ['Order: 17. Shall I go ahead?', 'Order: 71. Shall I go ahead?'],
    ['Order: 17. Shall I go ahead?', 'Order: 7. Shall I go ahead?'],
    ['Order: 17. Shall I go ahead?', 'Order: 170. Shall I go ahead?'],
    ['Order: 17. Shall I go ahead?', 'Order: . Shall I go ahead?'],
    ['Order: 17. Shall I go ahead?', 'Order: ٧١. Shall I go ahead?'],
    ['Order: 17. Shall I go ahead?', 'Order: 17, and order 18. Shall I go ahead?'],
    ['To: +441234567. Shall I?', 'To: +44 1234 576. Shall I?'],
    ['To: +441234567. Shall I?', 'To: 4 4 1 2 3 4 5 6. Shall I?'],
    ['Amount: 17.5. Shall I?', 'Amount: 175. Shall I?'],
    ['Amount: 17.05. Shall I?', 'Amount: 17.50. Shall I?'],
    ['Amount: 100. Shall I?', 'Amount: 10. Shall I?'],
    ['At: 15:30. Shall I?', 'At: 4:30 PM. Shall I?'],
    ['Tickets: 2. Price: 15. Shall I?', 'Tickets: two. Price: 50. Shall I?'],
  ])('%j is not %j', (question, said) => {
    expect(mayBeRead(question, said)).toBe(false);
  });
});
