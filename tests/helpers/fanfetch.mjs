/** The built package, by the file that its manifest names for Node. `lifecycle.test.mjs` holds the two together. */
export * from '../../pkg/entry.node.js';
