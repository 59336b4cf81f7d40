/**
 * Counts and names the points of a run: each read of a foreign property, each call of a foreign function, each foreign
 * promise. At one of them something is injected.
 */

/** The run under way. */
let run;

/**
 * Begins to count.
 *
 * @param {{ target: string, kind: object }} [injection] The point, and what to inject there.
 */
export const begin = (injection) => {
  run = { counts: new Map(), points: [], activity: 0, injection, hit: undefined, injected: undefined };
};

/** Ends the run; gives its points in order, the one that was hit, and the injected value. */
export const end = () => {
  const { points, hit, injected } = run ?? {};
  run = undefined;
  return { points, hit, injected };
};

/** Grows whenever the library reaches a point. */
export const activity = () => run?.activity ?? 0;

/** True once something was injected. */
export const isHit = () => run?.hit !== undefined;

/** Runs `act` without counting: garbage collection comes at no fixed time. */
export const mute = (act) => {
  const current = run;
  run = undefined;
  try {
    return act();
  } finally {
    run = current;
  }
};

/** Records a point; gives the kind to inject there, if any. */
const arrive = (root, label, sort) => {
  const count = (run.counts.get(label) ?? 0) + 1;
  run.counts.set(label, count);
  run.activity += 1;
  const point = { id: count === 1 ? label : `${label}#${count}`, sort, root, host: root.host === true, type: undefined };
  run.points.push(point);
  if (run.injection?.target !== point.id) return { point };
  run.hit = point;
  return { point, kind: run.injection.kind };
};

/** Passes a point of reading, calling or constructing, which `proceed` does. */
export const visit = (root, label, sort, proceed) => {
  if (run === undefined) return proceed();
  const { point, kind } = arrive(root, label, sort);
  if (kind?.thrown !== undefined) throw (run.injected = kind.thrown());
  const value = proceed();
  point.type = typeof value;
  if (kind === undefined) return value;
  quiet(value);
  return (run.injected = kind.value());
};

/** Passes a point where a handler is attached; gives the way to settle, if another than the promise's own. */
export const settling = (root, label) => {
  if (run === undefined) return undefined;
  const { kind } = arrive(root, label, 'settle');
  if (kind === undefined) return undefined;
  const given = kind.thrown ?? kind.value;
  return { how: kind.settles, given: (run.injected = given?.()) };
};

/** Keeps a replaced promise from being an unhandled rejection. */
const quiet = (value) => {
  if (value !== null && typeof value === 'object' && value instanceof Promise) value.then(undefined, () => {});
};
