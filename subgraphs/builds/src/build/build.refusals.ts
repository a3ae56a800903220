import type { Fault } from '@gamegraph/rules';
import { Refusal } from '@gamegraph/subgraph-kit';
import { Field, ObjectType } from 'type-graphql';

@ObjectType({ description: 'A part of a build that does not go with its game.' })
export class BuildFault {
  @Field(() => String, {
    description: 'Where: `items[3].slot`, `items[3].item`, `parameters[0].value`, `game`, `code`.',
  })
  path!: string;

  @Field(() => String)
  message!: string;

  @Field(() => String, { nullable: true, description: 'How to mend it, where that can be said.' })
  cure!: string | null;
}

@ObjectType({
  implements: Refusal,
  description:
    'The game has no such slots, items or parameters. Rules that are broken are no fault.',
})
export class BuildFaulty extends Refusal {
  @Field(() => [BuildFault], { description: 'All of them.' })
  faults: BuildFault[];

  constructor(faults: Fault[]) {
    super(faults.map(({ path, message }) => `${path}: ${message}`).join(' '));
    this.faults = faults;
  }
}

@ObjectType({
  implements: Refusal,
  description: 'A moderator has hidden the build. It stays private, and is not forked.',
})
export class BuildHidden extends Refusal {
  @Field(() => String, { description: 'Why, in the words of the moderator.' })
  reason: string;

  constructor(reason: string) {
    super(`A moderator has hidden this build: ${reason}`);
    this.reason = reason;
  }
}

@ObjectType({ implements: Refusal, description: 'Nobody likes a build of their own.' })
export class BuildIsOwn extends Refusal {
  constructor() {
    super('This build is your own. Let others like it.');
  }
}
