/** Values that a declared type admits, and values that it does not. */
import ts from 'typescript';

/**
 * @param {ts.Type} type
 * @param {ts.TypeChecker} checker
 * @returns {unknown[]} Values of every kind of JavaScript that `type` has no room for.
 */
export function wrongValues(type, checker) {
  const kinds = kindsOf(type, checker);
  if (kinds.has('anything')) return [];
  const wrong = [Symbol('wrong'), 10n];
  if (!kinds.has('string')) wrong.push('wrong', '');
  if (!kinds.has('number')) wrong.push(7);
  else wrong.push(NaN);
  if (!kinds.has('true')) wrong.push(true);
  if (!kinds.has('false')) wrong.push(false);
  if (!kinds.has('null')) wrong.push(null);
  if (!kinds.has('function')) wrong.push(() => 1);
  if (!kinds.has('object')) wrong.push({ wrong: 1 }, new Date(0), ['wrong', 1]);
  return wrong;
}

/**
 * @returns {unknown[]} `undefined`, each literal of `type`, and a value of each kind that can be made up without knowing
 *   what it is for: the number 1 and a function.
 */
export function rightValues(type, checker) {
  const kinds = kindsOf(type, checker);
  const right = [undefined, ...kinds.get('literals')];
  if (kinds.has('number')) right.push(1);
  if (kinds.has('function')) right.push(() => undefined);
  if (kinds.has('true')) right.push(true);
  if (kinds.has('false')) right.push(false);
  if (kinds.has('null')) right.push(null);
  return right;
}

/** The object types among what an option may be, functions aside. */
export function objectsIn(type, checker) {
  return constituents(type).filter((part) => part.flags & ts.TypeFlags.Object && !isFunction(part, checker));
}

/** How a value looks in a message. */
export function show(value) {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number' || typeof value === 'symbol' || typeof value === 'function') return String(value);
  return JSON.stringify(value) ?? String(value);
}

function kindsOf(type, checker) {
  const kinds = new Map([['literals', []]]);
  for (const part of constituents(type)) {
    if (part.flags & (ts.TypeFlags.Unknown | ts.TypeFlags.Any)) kinds.set('anything', true);
    else if (part.isStringLiteral()) kinds.get('literals').push(part.value);
    else if (part.flags & ts.TypeFlags.String) kinds.set('string', true);
    else if (part.flags & ts.TypeFlags.Number) kinds.set('number', true);
    else if (part.flags & ts.TypeFlags.BooleanLiteral) kinds.set(checker.typeToString(part), true);
    else if (part.flags & ts.TypeFlags.Null) kinds.set('null', true);
    else if (isFunction(part, checker)) kinds.set('function', true);
    else if (part.flags & ts.TypeFlags.Object) kinds.set('object', true);
    else if (!(part.flags & ts.TypeFlags.Undefined)) throw new Error(`no values are known for ${checker.typeToString(part)}`);
  }
  return kinds;
}

function constituents(type) {
  return type.isUnion() ? type.types : [type];
}

function isFunction(type, checker) {
  return checker.getSignaturesOfType(type, ts.SignatureKind.Call).length > 0;
}
