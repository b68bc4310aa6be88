/**
 * What Jest loads in place of `src/platform/postgres-js.ts`: it lets nobody change modules as they are
 * loaded, so tests themselves use postgres.js as it is. The processes they start use the mended one.
 */
import postgres from 'postgres';

export { postgres };
