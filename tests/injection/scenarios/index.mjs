/**
 * All scenarios. Each starts calls on a scene (`../bench.mjs`) and may return its client; with `beside`, one more call of that
 * client runs alongside and must succeed.
 */
import { answers } from './answers.mjs';
import { ends } from './ends.mjs';
import { functions } from './functions.mjs';
import { handedOut } from './handed-out.mjs';
import { inputs } from './inputs.mjs';

export const scenarios = [...inputs, ...answers, ...functions, ...handedOut, ...ends];
