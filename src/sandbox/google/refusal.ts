/** The statuses of Google's errors, by HTTP status. */
const statuses: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

/** Google says no. Becomes the answer's status and body. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly details: readonly unknown[];

  constructor(status: number, message: string, details: readonly unknown[] = []) {
    super(message);
    this.status = status;
    this.details = details;
  }
}

/** An error in the form of Google's APIs. */
export const errorBody = (status: number, message: string, details: readonly unknown[] = []) => ({
  error: {
    code: status,
    message,
    status: statuses[status] ?? 'UNKNOWN',
    ...(details.length > 0 ? { details } : {}),
  },
});

/** What Google adds to a refusal: why, in one word, and of what. */
export const errorInfo = (reason: string, metadata: Readonly<Record<string, string>> = {}) => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason,
  domain: 'googleapis.com',
  metadata: { service: 'sheets.googleapis.com', ...metadata },
});
