/**
 * Loaded with `node -r`: a process ends, as on SIGTERM, soon after the process that started it has ended; it is killed when it does not end by
 * itself. So that nothing goes on behind the back of somebody who killed `npm start` in a way that it could not answer.
 */
const { isMainThread } = require('node:worker_threads');

const POLL_MS = 1_000;
/** What it waits for may have ended together with its parent: the portal gives up a lease in the sandbox. */
const GRACE_MS = 8_000;
const parent = process.ppid;

if (isMainThread) {
  const timer = setInterval(() => {
    if (process.ppid !== parent) {
      clearInterval(timer);
      process.kill(process.pid, 'SIGTERM');
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), GRACE_MS).unref();
    }
  }, POLL_MS);
  timer.unref();
}
