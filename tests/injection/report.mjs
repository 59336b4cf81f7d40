/** Groups failures into few lines. */

/**
 * @param {{ name: string, failures: { point: string, kind: string, wrong: string[] }[] }} outcome Of a scenario.
 * @returns {string[]} one line for each place and fault: the scenario, the point, the kinds injected there, and the fault
 */
export const lines = ({ name, failures }) => {
  const groups = new Map();
  for (const { point, kind, wrong } of failures) {
    const [place, number] = point.split('#');
    const key = `${place}\n${wrong.join('; ')}`;
    const group = groups.get(key) ?? { kinds: new Set(), numbers: new Set() };
    groups.set(key, group);
    group.kinds.add(kind);
    group.numbers.add(number ?? '1');
  }
  return [...groups].map(([key, { kinds, numbers }]) => {
    const [place, wrong] = key.split('\n');
    return `${name} | ${place} #${[...numbers].slice(0, 4)}${numbers.size > 4 ? '…' : ''} | ${[...kinds].join(', ')} | ${wrong.slice(0, 400)}`;
  });
};
