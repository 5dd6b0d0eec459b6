export function makeSpeakable(text: string): string {
  return text;
}
