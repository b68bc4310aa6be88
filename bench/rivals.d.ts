/** What the benches use of others, so that they check without bench/node_modules. */
declare module 'pg' {
  export class Pool {
    constructor(options: { readonly connectionString: string; readonly max: number });
    query(text: string): Promise<unknown>;
    end(): Promise<void>;
  }
}

declare module 'rate-limiter-flexible' {
  interface Limits {
    readonly points: number;
    /** Seconds. */
    readonly duration: number;
  }
  export class RateLimiterMemory {
    constructor(options: Limits);
    consume(key: string, points?: number): Promise<unknown>;
  }
  export class RateLimiterPostgres {
    constructor(
      options: Limits & { readonly storeClient: object; readonly tableName: string },
      ready: (error?: Error) => void,
    );
    consume(key: string, points?: number): Promise<unknown>;
  }
}

declare module 'bottleneck' {
  export default class Bottleneck {
    constructor(options: {
      readonly maxConcurrent: number;
      readonly reservoir: number;
      readonly reservoirRefreshAmount: number;
      readonly reservoirRefreshInterval: number;
    });
    schedule<T>(call: () => Promise<T>): Promise<T>;
    disconnect(): Promise<void>;
  }
}
