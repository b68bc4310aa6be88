import { expect, test } from '@jest/globals';
import { costOf, doubtsAbout, textOfPost } from '../../src/rules/post.ts';
import { postDraft } from '../support/posts.ts';

test('a draft becomes plain text in the order of its parts, without empty ones', () => {
  expect(textOfPost(postDraft).split('\n\n')).toEqual([
    postDraft.hook,
    ...postDraft.body.split('\n\n'),
    '1. Write down what you do by hand\n2. Let one tool do it',
    postDraft.ctaText,
    '#automation #smallbusiness',
  ]);
  expect(textOfPost({ ...postDraft, steps: [], hashtags: [] })).not.toMatch(/\n\n\n|#/);
});

test('what is not seen is taken out: signs of control, of direction, and of no width', () => {
  const hook = 'a\u202Eb\u200Bc\u0007d\tе';
  expect(textOfPost({ ...postDraft, hook }).split('\n')[0]).toBe('abcdе');
});

test.each([
  ['40 hours', []],
  ['4 tips in 3 days', []],
  ['it grew by 30%', ['30%']],
  ['5 % and $9 and 3x', ['5 %', '$9', '3x']],
  ['1,200 or 40.5', ['1,200', '40.5']],
])('figures without a source: %s', (body, figures) => {
  const doubts = doubtsAbout({ ...postDraft, body });
  expect(doubts).toEqual(figures.map((each) => `“${each}” stands in no quote from the video`));
});

test('a figure counts as quoted however it is written', () => {
  const claims = [{ text: 'x', sourceQuote: 'we had 1.200 customers and 40 hours' }];
  expect(doubtsAbout({ ...postDraft, body: '1,200 customers', claims })).toEqual([]);
});

test('tokens cost by the price, and nothing is made up without one', () => {
  const used = { promptTokens: 2_000_000, outputTokens: 500_000 };
  const price = { inputUsdPerMillion: 0.5, outputUsdPerMillion: 3, source: 'x' };
  expect(costOf(price, used)).toBe(2.5);
  expect(costOf(null, used)).toBeNull();
});
