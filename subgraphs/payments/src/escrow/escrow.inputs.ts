import { IdempotentInput, IsPlainText, MinorUnits, MoneyInput } from '@gamegraph/subgraph-kit';
import { Field, ID, InputType } from 'type-graphql';
import { EscrowDeadline } from './escrow.entity.js';

const PURPOSE_MAX = 200;

@InputType({ description: 'Money to set aside for somebody.' })
export class OpenEscrowInput extends IdempotentInput {
  @Field(() => ID)
  payeeId!: string;

  @Field(() => ID, {
    nullable: true,
    description:
      'Who decides when the parties do not agree. Those who operate payments, if not said.',
  })
  arbiterId?: string | null;

  @Field(() => MoneyInput, { description: "Its currency says which of the viewer's wallets." })
  amount!: MoneyInput;

  @Field(() => String, { description: `What it is for: 1 to ${PURPOSE_MAX} characters.` })
  @IsPlainText({ max: PURPOSE_MAX })
  purpose!: string;

  @Field(() => Date, { description: 'When it ends by itself: within a year.' })
  deadlineAt!: Date;

  @Field(() => EscrowDeadline, { description: 'Who gets the money then.' })
  atDeadline!: EscrowDeadline;
}

@InputType({ description: 'Which escrow to end.' })
export class EndEscrowInput extends IdempotentInput {
  @Field(() => ID)
  escrowId!: string;
}

@InputType({ description: 'How to split an escrow.' })
export class SplitEscrowInput extends EndEscrowInput {
  @Field(() => MinorUnits, {
    description:
      "What the payee gets, in the currency's smallest unit; the payer gets the rest. Neither gets all.",
  })
  payeeMinor!: bigint;
}
