/** Without the wasm, which the user provides. */
import { wasm } from './provided.js';
import { isServer } from './unknown.js';

export { provideWasm } from './provided.js';
export default { wasm, slim: true, get showsRedirects() { return isServer(); } };
