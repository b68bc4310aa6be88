import type { Logger as TemporalLogger, LogLevel, LogMetadata } from '@temporalio/worker';
import type { Logger } from 'pino';

/** Sends what the SDK, workflows and activities log into our own log. */
export function temporalLogger(logger: Logger): TemporalLogger {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, meta: LogMetadata = {}): void =>
      logger[level](readable(meta), message);
  const by = {
    TRACE: at('debug'),
    DEBUG: at('debug'),
    INFO: at('info'),
    WARN: at('warn'),
    ERROR: at('error'),
  };
  return {
    trace: by.TRACE,
    debug: by.DEBUG,
    info: by.INFO,
    warn: by.WARN,
    error: by.ERROR,
    log: (level: LogLevel, message: string, meta?: LogMetadata) => by[level](message, meta),
  };
}

/**
 * An error as one line: its stack belongs to the run's failure, not to every log line. The token,
 * with which an activity could be ended by anybody, is left out.
 */
const readable = ({ taskToken, ...meta }: LogMetadata): LogMetadata =>
  Object.fromEntries(
    Object.entries(meta).map(([key, value]) => [
      key,
      value instanceof Error ? value.message : value,
    ]),
  );
