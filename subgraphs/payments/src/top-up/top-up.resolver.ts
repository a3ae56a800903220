import { Authenticated, load, once, requireViewer } from '@gamegraph/subgraph-kit';
import { Arg, createUnionType, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import type { PaymentsContext } from '../context.js';
import { openWallet } from '../ledger/ledger.js';
import { Wallet } from '../wallet/wallet.entity.js';
import { TopUp, TopUpState } from './top-up.entity.js';
import { payable, TopUpWalletInput } from './top-up.inputs.js';
import { collect } from './top-up.process.js';
import { TopUpDeclined } from './top-up.refusals.js';

const TopUpResult = createUnionType({
  name: 'TopUpResult',
  types: () => [TopUp, TopUpDeclined] as const,
});

@Resolver(() => TopUp)
export class TopUpResolver {
  @Mutation(() => TopUpResult, {
    description:
      "Puts money into the viewer's wallet of that currency, which is opened if there is none. The top-up may be " +
      'PENDING for a while: ask again with the same key, or for it by its id.',
  })
  @Authenticated()
  async topUpWallet(
    @Arg('input', () => TopUpWalletInput) input: TopUpWalletInput,
    @Ctx() context: PaymentsContext,
  ) {
    const { userId } = requireViewer(context);
    const amount = payable(input.amount);
    const id = await once<never>(context, 'topUpWallet', input, [], async (tx, at) => {
      const walletId = await openWallet(tx, userId, amount.currency);
      const topUp = TopUp.begin({ userId, walletId }, amount, at);
      tx.persist(topUp);
      return topUp.id;
    });
    const topUp = await collect(context, id);
    return topUp.state === TopUpState.DECLINED ? new TopUpDeclined(topUp.reason!) : topUp;
  }

  @FieldResolver(() => Wallet)
  wallet(@Root() { walletId }: TopUp, @Ctx() { em }: PaymentsContext) {
    return load(em, Wallet, walletId);
  }
}
