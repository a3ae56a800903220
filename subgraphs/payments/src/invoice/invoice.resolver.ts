import { loadBy } from '@gamegraph/subgraph-kit';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { PaymentsContext } from '../context.js';
import { Order } from '../order/order.entity.js';
import { Invoice } from './invoice.entity.js';

@Resolver(() => Order)
export class OrderInvoicesResolver {
  @FieldResolver(() => [Invoice], {
    description:
      'A receipt of each seller, and credit notes for what was given back; issued some minutes after it happened.',
  })
  invoices(@Root() { id }: Order, @Ctx() { em }: PaymentsContext) {
    return loadBy(em, Invoice, 'orderId', id, { xid: 'asc', number: 'asc' });
  }
}
