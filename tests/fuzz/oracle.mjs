/** The verdict: every rule of the contract that can be seen from outside. */
import { inspect } from 'node:util';
import * as fanfetch from '../helpers/fanfetch.mjs';
import { bodyOf } from './answers.mjs';
import { checkAttempts } from './attempts.mjs';
import { checkCause } from './causes.mjs';
import { checkLeaks, checkStats } from './leaks.mjs';
import { layersOf, hooksOf } from './layers.mjs';
import { checkPromptness, checkRejection, show } from './rejections.mjs';
import { checkResults, nameIn } from './results.mjs';

/** The secret, and as it looks inside Basic credentials of the user `u`. */
const SECRETS = ['S3CR3T', 'dTpTM0NSM1Q'];

export async function judge(world) {
  world.toldOf = toldOf;
  for (const call of world.calls) {
    if (call.outcome === undefined) {
      world.fail('settles', `${call.id} (${call.how}, begun at ${call.startedAt}) has not settled at ${world.now()}`);
      continue;
    }
    checkRejection(call, world);
    checkPromptness(call, world);
    await checkResults(call, world);
    checkErrors(call, world);
    checkEnd(call, world);
    checkTold(call, world);
    checkSilent(call, world);
  }
  for (const one of world.handed) checkHanded(one, world);
  checkAttempts(world);
  await checkLeaks(world);
  checkStats(world);
  await world.clock.drain(4);
}

/** What a call tells of the attempts of an input; undefined where it does not tell. */
function toldOf({ call, place }) {
  const { how, outcome, results, left } = call;
  if (outcome === undefined || left) return undefined;
  if (how === 'fetchAll' || how === 'fetchEach') {
    if (Object.hasOwn(outcome, 'error')) return undefined;
    const result = results.find((one) => one?.index === place);
    // An input that was never taken, or one that the results have lost.
    return result ? { count: result.attempts.length, attempts: result.attempts, result } : undefined;
  }
  if (outcome.result) return { count: outcome.result.attempts.length, attempts: outcome.result.attempts, result: outcome.result };
  return typeof outcome.error?.attempts === 'number' && how !== 'raw' && outcome.error.code !== 'INTERNAL' ? { count: outcome.error.attempts } : undefined;
}

function checkErrors(call, world) {
  for (const { ok, error, index, attempts, request, status } of call.results) {
    const item = call.pull.taken[index];
    if (ok || !item || !fanfetch.isFanFetchError(error)) continue;
    checkCause(error, item, world);
    world.check(error.attempts === attempts.length, 'attempts', () => `${item.id}: the error tells ${error.attempts} attempts, the result ${attempts.length}`);
    world.check(error.url === request.url && error.method === request.method, 'shape', () => `${item.id}: the error is of ${error.method} ${error.url}`);
    if (error.code === 'HTTP') world.check(error.status === status, 'shape', () => `${item.id}: the error's status is ${error.status}, the result's ${status}`);
  }
  const { error } = call.outcome;
  const isSingle = call.how !== 'fetchAll' && call.how !== 'fetchEach';
  if (isSingle && fanfetch.isFanFetchError(error) && !(error.code === 'CLOSED' && !error.url)) checkCause(error, call.items[0], world);
}

/** Whoever ends early tells the inputs. */
function checkEnd({ id, pull, outcome, left, how }, world) {
  if (how !== 'fetchAll' && how !== 'fetchEach') return;
  if (pull.isList || pull.ended !== undefined || pull.taken.length === 0) return;
  world.check(false, 'inputs', () => `${id}: it has ended (${left ?? Object.keys(outcome)}) and the inputs were neither read to their end nor told by return()`);
}

/** `onResult` is told of each result that is handed out. */
function checkTold(call, world) {
  if (hooksOf(layersOf(call), 'onResult').length === 0 || call.left || Object.hasOwn(call.outcome, 'error')) return;
  for (const { index, request } of call.results) {
    const item = call.pull.taken[index];
    if (!item || item.bad || item.shared !== undefined || !request.url) continue;
    world.check(call.announced.has(index), 'one result each', () => `${item.id}: onResult is not told of its result`);
  }
}

function checkSilent({ id, results, outcome }, world) {
  const texts = [];
  for (const result of results) {
    texts.push(JSON.stringify({ ...result, data: undefined, headers: undefined, response: undefined, tag: undefined }, undefined));
    if (result.error) texts.push(...facesOf(result.error));
  }
  if (fanfetch.isFanFetchError(outcome.error)) texts.push(...facesOf(outcome.error));
  for (const text of texts) world.check(!SECRETS.some((secret) => text?.includes(secret)), 'secrets', () => `${id} shows a secret: ${text.slice(0, 500)}`);
}

const facesOf = (error) => [error.message, error.stack, inspect({ ...error, headers: undefined, response: undefined, issues: undefined })];

/** A body that was handed out has the bytes of its own answer, or breaks off for a reason. */
function checkHanded({ item, outcome, call, style }, world) {
  world.check(outcome !== undefined, 'settles', () => `${call.id}: the body of ${item?.id} (${style}) is never over`);
  if (outcome === undefined || item === undefined) return;
  if (outcome.text !== undefined && !item.bad) {
    const { id, attempt } = nameIn(outcome.text);
    world.check(id === undefined || id === item.id || id.startsWith(`${item.id}r`), 'right data', () => `${item.id}: the body handed out is that of ${id}`);
    // Several may have fetched one address, each by answers of its own.
    const flights = world.network.of(item.id).filter((one) => one.attempt === attempt && one.body !== undefined);
    const bodies = flights.map(({ answer }) => new TextDecoder().decode(bodyOf(answer, item.id, attempt)));
    const isMade = hooksOf(layersOf(call, item), 'afterResponse').some(({ does }) => does === 'response');
    const isRight = bodies.length === 0 || isMade || bodies.includes(outcome.text);
    world.check(isRight, 'right data', () => `${item.id}: the body handed out is ${outcome.text.slice(0, 100)} and not ${bodies.map((body) => body.slice(0, 100)).join(' or ')}`);
  }
  const { error } = outcome;
  if (error !== undefined) world.check(error?.code !== 'INTERNAL', 'never INTERNAL', () => `${item.id}: its body breaks off with ${show(error)}`);
}
