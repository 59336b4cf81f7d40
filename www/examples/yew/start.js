import init from './pkg/fanfetch_yew.js';

await init();
