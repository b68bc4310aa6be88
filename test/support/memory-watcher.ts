/** Process: keeps the files of memory as a worker does, and nothing else, so that it starts fast. */
import { readConfig } from '../../src/platform/config.ts';
import { openDatabase } from '../../src/platform/database.ts';
import { watchMemoryFiles } from '../../src/workers/memory-watch.ts';

const config = readConfig();
const database = openDatabase(config.DATABASE_URL);
watchMemoryFiles({ config, database, logger: { warn: () => undefined } });
process.send?.({ ready: true });
