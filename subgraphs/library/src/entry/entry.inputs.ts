import { ArrayMaxSize, IsOptional, Min } from 'class-validator';
import { Field, InputType, Int, registerEnumType } from 'type-graphql';

@InputType({ description: 'All that is given must hold.' })
export class LibraryFilter {
  @Field(() => [String], { nullable: true, description: 'The game has each of these tags.' })
  @IsOptional()
  @ArrayMaxSize(20)
  tags?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'The game runs on one of these.' })
  @IsOptional()
  @ArrayMaxSize(20)
  platforms?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description: 'False: games once owned; null: both.',
  })
  isOwned?: boolean | null;

  @Field(() => Boolean, { nullable: true })
  isFavorite?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Also what is hidden. It shows in one’s own library alone.',
  })
  includeHidden?: boolean | null;

  @Field(() => Int, { nullable: true, description: 'Played for at least so long.' })
  @IsOptional()
  @Min(0)
  minPlaytimeSeconds?: number | null;
}

export enum LibrarySort {
  TITLE = 'TITLE',
  PLAYTIME = 'PLAYTIME',
  LAST_PLAYED = 'LAST_PLAYED',
  ADDED = 'ADDED',
}

registerEnumType(LibrarySort, {
  name: 'LibrarySort',
  description: 'The order of a library.',
  valuesConfig: {
    TITLE: { description: 'By title, from A to Z.' },
    PLAYTIME: { description: 'What was played longest comes first.' },
    LAST_PLAYED: { description: 'What was played last comes first; never played, last.' },
    ADDED: { description: 'What was added last comes first.' },
  },
});
