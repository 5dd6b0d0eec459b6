/** Anything thrown as a text. What is thrown may throw itself when it is looked at: reading it never does. */
export function thrownText(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return 'something that cannot be read was thrown';
  }
}
