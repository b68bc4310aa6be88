import { jest } from '@jest/globals';

// Tests here race real servers on machines that others use too. On CI a test that failed runs once
// more, at once, since tests of a page go on where the one before ended. Its first error is printed
// all the same, and `.ci/run` counts how many needed that.
if (process.env.CI === 'true')
  jest.retryTimes(1, { logErrorsBeforeRetry: true, retryImmediately: true });
