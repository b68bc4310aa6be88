import { config } from 'zod';

// The content security policy forbids generated code, which zod tries as soon as a schema is made:
// so this comes before the modules that make them.
config({ jitless: true });
void import('./app.tsx');
