/** What a log line can carry beside its message. */
export type LogFields = Record<string, string | number | boolean | undefined>;

/** Where messages go. Backstage's `LoggerService` fits. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Says nothing. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};

/** Writes one line of JSON per message to stderr, from `level` upwards. */
export function jsonLogger(
  level: 'debug' | 'info' | 'warn' | 'error' = 'info',
): Logger {
  const levels = ['debug', 'info', 'warn', 'error'] as const;
  const write =
    (at: (typeof levels)[number]) => (message: string, fields?: LogFields) => {
      if (levels.indexOf(at) >= levels.indexOf(level)) {
        process.stderr.write(
          `${JSON.stringify({
            time: new Date().toISOString(),
            level: at,
            message,
            ...fields,
          })}\n`,
        );
      }
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
