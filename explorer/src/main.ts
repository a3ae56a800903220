import { buildPage } from './build.js';

const began = performance.now();
const isNew = await buildPage();
if (isNew) console.log(`explorer built in ${((performance.now() - began) / 1000).toFixed(1)} s`);
