import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';

export enum Audience {
  PUBLIC = 'PUBLIC',
  FRIENDS = 'FRIENDS',
  PRIVATE = 'PRIVATE',
}

registerEnumType(Audience, {
  name: 'Audience',
  description: 'Who may see something.',
  valuesConfig: {
    PUBLIC: { description: 'Everyone.' },
    FRIENDS: { description: 'Friends, and oneself.' },
    PRIVATE: { description: 'Nobody but oneself.' },
  },
});

@ObjectType({
  description: 'Who may see which part of a profile. Every part of the graph honours it.',
})
export class Privacy {
  @Field(() => Audience, { description: 'Which games one owns, and for how long one played them.' })
  library: Audience = Audience.PUBLIC;

  @Field(() => Audience, { description: 'Who one is friends with.' })
  friends: Audience = Audience.FRIENDS;

  @Field(() => Audience, { description: 'What one did, in the feeds of others.' })
  activity: Audience = Audience.FRIENDS;

  @Field(() => Audience, { description: 'Whether one is online, and what one plays.' })
  presence: Audience = Audience.FRIENDS;
}

@InputType({ description: 'What is not given stays as it is.' })
export class PrivacyInput {
  @Field(() => Audience, { nullable: true })
  library?: Audience | null;

  @Field(() => Audience, { nullable: true })
  friends?: Audience | null;

  @Field(() => Audience, { nullable: true })
  activity?: Audience | null;

  @Field(() => Audience, { nullable: true })
  presence?: Audience | null;
}
