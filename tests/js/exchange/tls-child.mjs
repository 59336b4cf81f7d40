/** Fetches the addresses given as arguments and prints what came of each as JSON; which authority is known is the environment's. */
import { fetchAll } from '../../helpers/fanfetch.mjs';

const results = await fetchAll(process.argv.slice(2), { retry: { limit: 2, delay: 20, budget: false } });
const seen = results.map(({ ok, error, attempts }) => ({
  ok, code: error?.code, retryable: error?.retryable, reason: error?.reason, host: error?.cause?.cause?.code, count: attempts.length,
}));
console.log(JSON.stringify(seen));
