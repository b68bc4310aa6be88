/** Process: makes the SDK fetch its dev server of a version into a folder. Arguments: version, folder. */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [version = 'default', downloadDir = '.'] = process.argv.slice(2);
const environment = await TestWorkflowEnvironment.createLocal({
  server: { executable: { type: 'cached-download', downloadDir, version: `v${version}` } },
});
await environment.teardown();
