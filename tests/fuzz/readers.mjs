/** Ways to read results (`fetchEach`) and bodies that are handed out. */

/** Reads the results of a call as its reader does; gives how that ended. */
export async function readEach(iterator, call, world) {
  const { style, after = 2, every = 5 } = call.json.reader ?? { style: 'loop' };
  const take = (result) => {
    call.results.push(result);
    world.handOut(call, call.pull.taken[result?.index], result);
  };
  // Nothing begins before the first read.
  const next = iterator.next.bind(iterator);
  let isFirst = true;
  iterator.next = () => {
    if (isFirst) call.beganAt = world.now();
    isFirst = false;
    return next();
  };
  // What the loop is left by at the end of the scenario, if nothing else has ended it.
  call.leave = () => {
    call.left ??= 'given up';
    return iterator.return();
  };
  const step = async () => {
    const { done, value } = await iterator.next();
    if (!done) take(value);
    return done === true;
  };
  const rest = async () => {
    while (!(await step()));
    return { end: call.left ?? 'done' };
  };
  switch (style) {
    case 'break': {
      let count = 0;
      for await (const result of iterator) {
        take(result);
        if (++count >= after) {
          call.left = 'break';
          break;
        }
      }
      return { end: call.left ?? 'done' };
    }
    case 'slow':
      while (!(await step())) await world.sleep(every);
      return { end: call.left ?? 'done' };
    case 'late':
      await world.sleep(every * 4);
      return rest();
    case 'rests': {
      if (await step()) return { end: 'done' };
      await world.sleep(every * 8);
      return rest();
    }
    case 'many': {
      for (;;) {
        // Each is taken as it comes: a body that waits for another's result would keep its slot from it.
        const all = await Promise.all([step(), step(), step()]);
        if (all.includes(true)) return { end: call.left ?? 'done' };
      }
    }
    case 'return': case 'throw': {
      for (let i = 0; i < after; i++) if (await step()) return { end: 'done' };
      await world.sleep(every);
      return leaveWhilePending(iterator, style, call, world, take);
    }
    default:
      return rest();
  }
}

/** `return()` and `throw()` end a `next()` that is pending. */
async function leaveWhilePending(iterator, style, call, world, take) {
  const pending = iterator.next();
  let settled = false;
  pending.then(() => { settled = true; }, () => { settled = true; });
  await Promise.resolve();
  const wasPending = !settled;
  call.left = style;
  call.leftAt = world.now();
  const reason = new Error('the reader throws');
  const [next, left] = await Promise.allSettled([pending, iterator[style](style === 'return' ? 'mine' : reason)]);
  if (next.status === 'fulfilled' && !next.value.done) take(next.value.value);
  if (style === 'return') {
    world.check(left.status === 'fulfilled' && left.value.done === true && left.value.value === 'mine', 'leaving', () => `${call.id}: return('mine') gave ${show(left)}`);
  } else {
    world.check(left.status === 'rejected' && left.reason === reason, 'leaving', () => `${call.id}: throw(error) gave ${show(left)}`);
  }
  if (wasPending && next.status === 'rejected') return { error: next.reason };
  return { end: style };
}

const show = ({ status, value, reason }) => `${status} ${JSON.stringify(value) ?? reason}`;

/** Reads a body that was handed out; gives its text, or what became of it. */
export async function readBody(response, style, world) {
  const { body } = response;
  if (style === 'never') return { how: 'never' };
  if (style === 'late') await world.sleep(40);
  if (style === 'cancel') {
    await body?.cancel('enough');
    return { how: 'cancelled' };
  }
  if (style === 'half' || style === 'chunks') {
    const reader = body?.getReader();
    const chunks = [];
    for (;;) {
      const { done, value } = reader ? await reader.read() : { done: true };
      if (done) break;
      chunks.push(value);
      if (style === 'half') {
        await reader.cancel('enough');
        return { how: 'cancelled' };
      }
      await world.sleep(1);
    }
    return { how: 'read', text: Buffer.concat(chunks).toString() };
  }
  return { how: 'read', text: await response.text() };
}
