import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: [
    './src/platform/schema.ts',
    './src/platform/coordination-schema.ts',
    './src/platform/bulk-schema.ts',
    './src/platform/sign-in-schema.ts',
    './src/platform/swarm-schema.ts',
    './src/platform/memory-schema.ts',
    './src/platform/instantly-schema.ts',
    './src/platform/leads-schema.ts',
    './src/platform/lead-jobs-schema.ts',
    './src/platform/shorts-schema.ts',
    './src/platform/posts-schema.ts',
  ],
  out: './migrations',
});
