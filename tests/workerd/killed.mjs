/** The consumer of the example, some of whose invocations are ended in the middle of a batch. */
import worker from '../../www/examples/cloudflare-queues/src/index.js';

export { Crawl } from '../../www/examples/cloudflare-queues/src/index.js';

let batches = 0;

export default {
  ...worker,
  async queue(batch, env, ctx) {
    batches += 1;
    const work = worker.queue(batch, env, ctx);
    if (batches % 5 !== 1) return work;
    const moment = scheduler.wait(20 + (batches * 97) % 300).then(async () => {
      await fetch('https://killed.test/');
      throw new Error('killed');
    });
    return Promise.race([work, moment]);
  },
};
