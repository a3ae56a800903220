import { Stub } from '@gamegraph/subgraph-kit';
import { Field, ID, ObjectType } from 'type-graphql';
import type { PaymentsContext } from '../context.js';

@ObjectType()
@Stub<PaymentsContext, Studio>('Studio', id => new Studio(id))
export class Studio {
  @Field(() => ID)
  id: string;

  constructor(id: string) {
    this.id = id;
  }
}
