/** Bodies, authorizations and schemas of a scenario, made live. Each body names its request; each holds the secret. */

const SECRET = 'S3CR3T';

export function bodyFor({ as, fails, after }, { id, call }, world) {
  const asked = () => world.context(call, 'the body function');
  const text = `body of ${id}. ${SECRET}`;
  switch (as) {
    case 'text': return text;
    case 'bytes': return new TextEncoder().encode(text);
    case 'blob': return new Blob([text], { type: 'text/plain' });
    case 'params': return new URLSearchParams({ said: text });
    case 'form': {
      const form = new FormData();
      form.append('said', text);
      return form;
    }
    case 'stream': return new Blob([text]).stream();
    case 'function': return () => {
      asked();
      return made(text, fails);
    };
    case 'async': return async () => {
      asked();
      if (after) await world.sleep(after);
      return made(text, fails);
    };
    case 'streams': return () => new Blob([text]).stream();
    default: throw new Error(`no body '${as}'`);
  }
}

const made = (text, fails) => {
  if (fails === 'throw') throw new Error('a body function throws');
  return fails === 'odd' ? () => 'a function again' : text;
};

export function authOf({ as, after, fails }, world) {
  if (as === 'bearer') return { bearer: SECRET };
  if (as === 'basic') return { username: 'u', password: SECRET };
  return ({ refresh }) => {
    world.authAsked += 1;
    const give = () => {
      if (fails === 'throw') throw new Error('auth throws');
      return fails === 'odd' ? undefined : { bearer: `${SECRET}-${refresh ? 'fresh' : 'old'}` };
    };
    return after === undefined ? give() : world.sleep(after).then(give);
  };
}

/** A Standard Schema whose output shows that it was asked. */
export const schemaOf = ({ does, after }, world) => ({
  '~standard': {
    version: 1,
    vendor: 'fuzz',
    validate(value) {
      const give = () => {
        switch (does) {
          case 'fail': return { issues: [{ message: 'not so' }] };
          case 'throw': throw new Error('a schema throws');
          case 'nothing': return undefined;
          case 'odd': return { issues: 5 };
          default: return { value: { schema: value } };
        }
      };
      return after === undefined ? give() : world.sleep(after).then(give);
    },
  },
});
