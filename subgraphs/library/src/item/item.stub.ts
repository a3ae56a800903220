import { Stub } from '@gamegraph/subgraph-kit';
import { Field, ID, ObjectType } from 'type-graphql';

@ObjectType()
@Stub('Item')
export class Item {
  @Field(() => ID)
  id: string;

  constructor(id: string) {
    this.id = id;
  }
}
