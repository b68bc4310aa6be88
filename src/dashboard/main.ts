/** Process: serves the dashboard on this machine until it is told to stop. */
import '../platform/quick-drizzle.ts';

// only now: an import that stands above is resolved before anything is run
await import('./serve.ts');
