import {
  Connection,
  ConnectionArgs,
  listOf,
  load,
  loadBy,
  loaderOf,
  Money,
  money,
  query,
} from '@gamegraph/subgraph-kit';
import { sql } from 'kysely';
import { Args, Ctx, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import type { PaymentsContext } from '../context.js';
import { TransferKind } from '../ledger/transfer.type.js';
import { Order } from '../order/order.entity.js';
import { TopUp } from '../top-up/top-up.entity.js';
import { User } from '../user/user.stub.js';
import { WALLET_TRANSACTIONS, WalletTransaction } from './wallet-transaction.type.js';
import { Wallet } from './wallet.entity.js';

@ObjectType({ description: 'What went through a wallet, newest first.' })
class WalletTransactionConnection extends Connection(WalletTransaction, 'WalletTransaction') {}

@Resolver(() => Wallet)
export class WalletResolver {
  @FieldResolver(() => Money, {
    description: 'What is set aside for orders and escrows that are under way.',
  })
  async held(@Root() { id, currency }: Wallet, @Ctx() { em }: PaymentsContext) {
    const held = loaderOf<string, string>(em, 'Wallet.held', async ids => {
      const sums = await query<{ wallet_id: string; sum: string }>(
        em,
        sql`SELECT src AS wallet_id, sum(minor) FROM transfer JOIN account ON account.id = dst
            WHERE src = ANY(${[...new Set(ids)]}::uuid[]) AND account.kind IN ('HOLD', 'ESCROW') AND input > output
            GROUP BY src`,
      );
      const byWallet = new Map(sums.map(row => [row.wallet_id, row.sum]));
      return ids.map(wallet => byWallet.get(wallet) ?? '0');
    });
    return money(await held.load(id), currency);
  }

  @FieldResolver(() => Money, {
    description:
      'What its owner owes, since money was charged back that was spent already. What comes into the wallet pays it first.',
  })
  async debt(@Root() { id, currency }: Wallet, @Ctx() { em }: PaymentsContext) {
    const debts = loaderOf<string, string>(em, 'Wallet.debt', async ids => {
      const rows = await query<{ owner_id: string; debt: string }>(
        em,
        sql`SELECT owner_id, output - input AS debt FROM account
            WHERE kind = 'DEBT' AND owner_id = ANY(${[...new Set(ids)]}::uuid[])`,
      );
      const byWallet = new Map(rows.map(row => [row.owner_id, row.debt]));
      return ids.map(wallet => byWallet.get(wallet) ?? '0');
    });
    return money(await debts.load(id), currency);
  }

  @FieldResolver(() => WalletTransactionConnection)
  transactions(
    @Root() { id }: Wallet,
    @Args() args: ConnectionArgs,
    @Ctx() { em }: PaymentsContext,
  ) {
    return listOf(em, 'Wallet.transactions', { column: sql`e.wallet_id`, id }, args, {
      entity: WalletTransaction,
      from: sql`(${sql.raw(WALLET_TRANSACTIONS)}) AS e`,
      orderBy: [{ by: sql`e.position`, type: 'int8', descending: true }],
    });
  }
}

/** Of a wallet, a chargeback is one of money that was put into it. */
const OF_TOP_UPS = new Set([TransferKind.TOP_UP, TransferKind.CHARGEBACK]);

@Resolver(() => WalletTransaction)
export class WalletTransactionResolver {
  @FieldResolver(() => Order, { nullable: true, description: 'What it was for, if for an order.' })
  order(@Root() { kind, ref }: WalletTransaction, @Ctx() { em }: PaymentsContext) {
    return OF_TOP_UPS.has(kind) ? null : load(em, Order, ref);
  }

  @FieldResolver(() => TopUp, { nullable: true, description: 'What it was for, if for a top-up.' })
  topUp(@Root() { kind, ref }: WalletTransaction, @Ctx() { em }: PaymentsContext) {
    return OF_TOP_UPS.has(kind) ? load(em, TopUp, ref) : null;
  }
}

@Resolver(() => User)
export class UserWalletsResolver {
  @FieldResolver(() => [Wallet], {
    nullable: true,
    description: 'One for each currency that was needed so far. For their owner alone.',
  })
  wallets(@Root() { id }: User, @Ctx() { em, viewer }: PaymentsContext) {
    return viewer?.userId === id ? loadBy(em, Wallet, 'userId', id, { currency: 'asc' }) : null;
  }
}
