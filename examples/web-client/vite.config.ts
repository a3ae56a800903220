import { defineConfig } from 'vite';

/** The router is asked through this server, so that to the browser all is one origin. */
export default defineConfig({
  server: { proxy: { '/graphql': { target: 'http://127.0.0.1:4000', ws: true } } },
});
