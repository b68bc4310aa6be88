import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import postgres from 'postgres';
import { registeredAttributes } from '../../src/local/temporal-server.ts';
import { eventually, scratchFolder } from '../support/scratch.ts';
import { execute, startPostgres, startTemporal } from '../support/servers.ts';

const scratch = scratchFolder();

test('Postgres killed with -9 comes back with its rows, also in a folder only its owner may enter', async () => {
  const stateDir = join(scratch, 'private');
  mkdirSync(stateDir, { mode: 0o700, recursive: true });
  expect(statSync(scratch).mode & 0o077).toBe(0); // the folder above is closed as well
  const server = await startPostgres({ stateDir });
  await execute(server.url, 'create table kept as select generate_series(1, 1000) as n');
  const before = server.supervisor.pidOf('postgres');

  server.kill();

  await eventually('another process', () => {
    const now = server.supervisor.pidOf('postgres');
    return now !== undefined && now !== before;
  });
  // what it asks about types as it connects, nobody could catch if Postgres goes away just then
  const sql = postgres(server.url, { max: 1, connect_timeout: 2, fetch_types: false });
  const ask = () =>
    sql`
      select (select count(*)::int from kept) as rows,
        current_setting('max_connections') as connections,
        current_setting('listen_addresses') as addresses
    `.catch(() => undefined);
  const answer = await eventually('an answer', ask);
  expect(answer).toMatchObject([{ rows: 1000, connections: '200', addresses: '127.0.0.1' }]);
  await sql.end();
  await server.end();
});

test('Temporal killed with -9 comes back with its runs, its attributes and its retention', async () => {
  const server = await startTemporal({
    stateDir: join(scratch, 'temporal'),
    namespaces: ['other'],
  });
  const connection = await Connection.connect({ address: server.address });
  const client = new Client({ connection });
  const run = { workflowId: 'kept', taskQueue: 'nobody' };
  await client.workflow.start('task', run);
  const before = server.supervisor.pidOf('temporal');

  server.kill();

  await eventually('another process', () => {
    const now = server.supervisor.pidOf('temporal');
    return now !== undefined && now !== before;
  });
  const describe = () =>
    client.workflow
      .getHandle('kept')
      .describe()
      .catch(() => undefined);
  const { status } = await eventually('an answer', describe);
  expect(status.name).toBe('RUNNING');
  const { config } = await client.workflowService.describeNamespace({ namespace: 'default' });
  expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(86_400);
  const listed = await connection.operatorService.listSearchAttributes({ namespace: 'other' });
  expect(Object.keys(listed.customAttributes)).toEqual(
    expect.arrayContaining([...registeredAttributes]),
  );
  await connection.close();
  await server.end();
});
