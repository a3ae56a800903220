declare module 'kafkajs/src/network/requestQueue/index.js' {
  /** The part of kafkajs's request queue that kafka-bus.ts mends. */
  class RequestQueue {
    pending: unknown[];
    throttledUntil: number;
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    checkPendingRequests(): void;
    scheduleCheckPendingRequests(): void;
  }
  export default RequestQueue;
}
