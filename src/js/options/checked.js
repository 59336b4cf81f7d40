/** Checks of values inside an option. */

import { wrongOption } from '../output/errors.js';
import { isName } from './nearest.js';

/** Returns the value. Throws an `OptionError` unless it is good. */
export const checked = (option, value, good, expected) => {
  if (!good) throw wrongOption(option, value, expected);
  return value;
};

/** The name of what is wrong within an option, as far as it may be shown. */
export const inner = (option, name) => (isName(name) ? `${option}.${name}` : option);
