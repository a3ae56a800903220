import { Field, ObjectType } from 'type-graphql';

@ObjectType({
  description:
    'Whether a refund may be asked for. The time played, which it also depends on, is checked then.',
})
export class RefundEligibility {
  @Field(() => Boolean)
  isEligible!: boolean;

  @Field(() => String, { nullable: true, description: 'Why not, in words.' })
  reason!: string | null;

  @Field(() => Date, { nullable: true, description: 'Until when it may be, if it may.' })
  until!: Date | null;
}
