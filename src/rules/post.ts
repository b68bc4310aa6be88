import type { PostDraft, TokenPrice } from '../contracts/posts.ts';

/** Signs that are not seen, or turn the reading around, so that a text says other than it shows. */
const unseen = /[^\P{Cc}\n]|[\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/gu;

const seen = (text: string): string => text.replaceAll(unseen, '').trim();

/** A draft as it would leave: plain text, its parts in their order. */
export const textOfPost = (draft: PostDraft): string =>
  [
    draft.hook,
    draft.body,
    draft.steps.map((step, index) => `${index + 1}. ${step}`).join('\n'),
    draft.ctaText,
    draft.hashtags.map((tag) => `#${tag.replaceAll(/[^\p{L}\p{N}_]/gu, '')}`).join(' '),
  ]
    .map(seen)
    .filter((part) => part !== '')
    .join('\n\n');

/** A figure that needs a source: two digits or more, or a sign of money, share or size beside it. */
const figure = /[$€£]\s?\d[\d.,]*\d?|\d[\d.,]*\d(?:\s?[%xX×kKmM]\b|\s?%)?|\d\s?(?:%|[xX×]\b)/g;

const digitsOf = (text: string): string => text.replaceAll(/[^\d]/g, '');

/** The figures of a draft that no quote of the source has, each as a sentence. */
export function doubtsAbout(draft: PostDraft): readonly string[] {
  const quoted = new Set(
    draft.claims.flatMap(({ sourceQuote }) => sourceQuote.match(/\d[\d.,]*/g) ?? []).map(digitsOf),
  );
  const said = [draft.hook, draft.body, ...draft.steps, draft.ctaText].join('\n');
  const figures = [...new Set(said.match(figure) ?? [])].map((each) => each.trim());
  return figures
    .filter((each) => !quoted.has(digitsOf(each)))
    .map((each) => `“${each}” stands in no quote from the video`);
}

/** What tokens cost in US dollars; null without a price. */
export const costOf = (
  price: TokenPrice | null,
  { promptTokens, outputTokens }: { readonly promptTokens: number; readonly outputTokens: number },
): number | null =>
  price &&
  (promptTokens * price.inputUsdPerMillion + outputTokens * price.outputUsdPerMillion) / 1_000_000;
