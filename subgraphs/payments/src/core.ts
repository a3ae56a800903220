// What decides about money, for who runs it against a storage of their own: packages/simulator.
export { capture, creditTopUp, hold, openWallet, refund, release } from './ledger/ledger.js';
export { takeAnswer } from './order/order.answer.js';
export { Order, OrderState } from './order/order.entity.js';
export { Payment, PaymentState } from './payment/payment.entity.js';
export type { Charge } from './top-up/provider/payment-provider.js';
