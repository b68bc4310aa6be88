/**
 * Loaded before each of our own processes (`node --import`): a process whose supervisor is gone,
 * even by `kill -9`, stops as if it had been told to, and is ended if it does not.
 */
const graceMs = 15_000;

process.on('disconnect', () => {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), graceMs).unref();
  process.kill(process.pid, 'SIGTERM');
});
process.channel?.unref(); // waiting for this must not keep the process alive
