import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createMedia } from '../../src/platform/media.ts';
import { scratchFolder, write } from '../support/scratch.ts';

test.each(['..', '.', 'a/b', 'a\\b', '', '.hidden', '/etc', 'a\0b', '%2e%2e'])(
  'the name %j leads nowhere',
  (name) => {
    expect(() => createMedia(scratchFolder()).place('tour', name, 'a.mp4')).toThrow(/plain name/);
  },
);

test('no place outside of the folder is found, not even behind a link', () => {
  const folder = scratchFolder();
  const outside = scratchFolder();
  write(join(outside, 'a.mp4'), 'secret');
  const media = createMedia(folder);
  mkdirSync(join(folder, 'tour'));
  symlinkSync(outside, join(folder, 'tour', 'away'));
  expect(() => media.find('tour/away/a.mp4')).toThrow(/below/);
  expect(() => media.find('../a.mp4')).toThrow(/below/);
  expect(() => media.find(join(outside, 'a.mp4'))).toThrow(/below/);
  expect(() => media.arriving('tour/away/b.mp4')).toThrow(/below/);
});

test('a file is found by its place and length; a part is not the file until it is finished', () => {
  const folder = scratchFolder();
  const media = createMedia(folder);
  const place = media.place('tour', 'fold_1', 'clip_1.mp4');
  expect(media.find(place)).toBeUndefined();
  const arriving = media.arriving(place);
  expect(arriving.part).toBeNull();
  write(arriving.pathOf('v1'), 'four');
  write(arriving.pathOf('v2'), 'more');
  write(`${join(folder, place)}2.mp4.v1.part`, 'of another clip');
  expect(media.find(place)).toBeUndefined();

  const again = media.arriving(place);
  expect(again.part).toMatchObject({ version: 'v1', bytes: 4 });
  again.finish(again.part?.path ?? '');
  expect(media.find(place, 4)).toBe(join(folder, place));
  expect(media.find(place, 5)).toBeUndefined();
  expect(existsSync(again.pathOf('v2'))).toBe(false);
  expect(() => again.finish(again.pathOf('v1'))).not.toThrow(); // another process was faster
});
