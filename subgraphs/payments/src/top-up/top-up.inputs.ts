import { badInput, IdempotentInput, money, type Money, MoneyInput } from '@gamegraph/subgraph-kit';
import { Field, InputType } from 'type-graphql';

const MINOR_MAX = 1_000_000_000_000n;
const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

@InputType({ description: 'How much money to put into a wallet.' })
export class TopUpWalletInput extends IdempotentInput {
  @Field(() => MoneyInput, {
    description:
      'At least 1 and at most 10^12 of the smallest unit. Its currency says which wallet.',
  })
  amount!: MoneyInput;
}

/** @throws GraphError BAD_USER_INPUT when it cannot be paid */
export function payable({ minor, currency }: MoneyInput): Money {
  if (minor < 1n || minor > MINOR_MAX)
    throw badInput(`The amount is at least 1 and at most ${MINOR_MAX} of the smallest unit.`);
  if (!CURRENCIES.has(currency)) throw badInput('The currency is a code of ISO 4217, such as EUR.');
  return money(minor, currency);
}
