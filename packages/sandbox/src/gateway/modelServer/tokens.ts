/** Tokens of a text: words and marks. A real tokenizer counts otherwise; this one counts the same every time. */
export function tokensOf(text: string): string[] {
  return text.match(/\s*(?:[\p{L}\p{N}]+|[^\s\p{L}\p{N}])/gu) ?? [];
}

/** Number of tokens of a text. */
export function countTokens(text: string): number {
  return tokensOf(text).length;
}
