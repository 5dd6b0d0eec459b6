/** What servers, tools and files say must not drive the terminal: control characters but line ends and tabs are marked. */
export function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, '·');
}
