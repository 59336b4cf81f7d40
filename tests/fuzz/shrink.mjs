/**
 * Makes a failing scenario small: whatever can be left out while it still fails is left out, the largest parts first. It
 * knows nothing of scenarios but that they are JSON: calls, inputs, faults, hooks and options are parts of it like any other.
 */

/**
 * @param {object} scenario
 * @param {(candidate: object) => Promise<boolean>} fails Whether a candidate still does.
 * @param {number} seconds
 */
export async function shrink(scenario, fails, seconds = 60) {
  const until = Date.now() + seconds * 1000;
  let best = scenario;
  const attempt = async (candidate) => {
    if (Date.now() > until || !(await fails(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let went = true; went && Date.now() < until;) {
    went = await removeItems(attempt, () => best);
    went = (await removeMembers(attempt, () => best)) || went;
    went = (await lessenNumbers(attempt, () => best)) || went;
  }
  return best;
}

/** Items of lists: half of them, a quarter, one by one. */
async function removeItems(attempt, best) {
  let went = false;
  for (const path of paths(best(), Array.isArray)) {
    for (let size = Math.ceil((at(best(), path)?.length ?? 0) / 2); size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
      for (let from = 0; from < (at(best(), path)?.length ?? 0);) {
        const candidate = changed(best(), path, (list) => list.toSpliced(from, size));
        if (await attempt(candidate)) went = true;
        else from += size;
      }
    }
  }
  return went;
}

/** What decides where a scenario runs, and so whether it fails the same way each time. */
const KEPT = ['clock', 'network', 'chance'];

/** Members of objects; what is needed makes a scenario that fails otherwise, or not at all. */
async function removeMembers(attempt, best) {
  let went = false;
  for (const path of paths(best(), isRecord)) {
    for (const name of Object.keys(at(best(), path) ?? {})) {
      if (KEPT.includes(name)) continue;
      const candidate = changed(best(), path, ({ [name]: _, ...rest }) => rest);
      if (await attempt(candidate)) went = true;
    }
  }
  return went;
}

/** Numbers, to 0, to 1, to the half. */
async function lessenNumbers(attempt, best) {
  let went = false;
  for (const path of paths(best(), (value) => typeof value === 'number')) {
    for (const make of [() => 0, () => 1, (number) => Math.trunc(number / 2)]) {
      const value = at(best(), path);
      if (typeof value !== 'number' || make(value) >= value) continue;
      if (await attempt(changed(best(), path, make))) {
        went = true;
        break;
      }
    }
  }
  return went;
}

const isRecord = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where in a value such values are, those near the top first. */
function paths(whole, test) {
  const found = [];
  const queue = [[]];
  while (queue.length > 0) {
    const path = queue.shift();
    const value = at(whole, path);
    if (test(value)) found.push(path);
    if (typeof value === 'object' && value !== null) for (const key of Object.keys(value)) queue.push([...path, key]);
  }
  return found;
}

const at = (whole, path) => path.reduce((value, key) => value?.[key], whole);

/** A copy with the value at a path replaced; the same where there is none any more. */
function changed(whole, path, make) {
  const copy = structuredClone(whole);
  if (path.length === 0) return make(copy);
  const parent = at(copy, path.slice(0, -1));
  const key = path.at(-1);
  if (parent === undefined || parent === null || parent[key] === undefined) return copy;
  parent[key] = make(parent[key]);
  return copy;
}
