import { defineConfig } from '@graphql-hive/gateway';

export const gatewayConfig = defineConfig({
  fork: 1,
  inboundInflightRequestDeduplication: true,
  jit: true,
});
