import { jest } from '@jest/globals';

// Tests here race real servers on machines that others use too. On CI a test that failed runs once
// more; its first error is printed all the same, and `.ci/run` counts how many needed that.
if (process.env.CI === 'true') jest.retryTimes(1, { logErrorsBeforeRetry: true });
