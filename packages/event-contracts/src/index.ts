export * from './builds.js';
export * from './games.js';
export * from './library.js';
export * from './payments.js';
export * from './social.js';
export * from './users.js';
