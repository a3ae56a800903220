/** What players are called: one of each, `brisk_otter`. */
export const ADJECTIVES =
  'amber bold brisk calm clever coral cosmic crimson curious daring dusty eager electric frosty gentle golden happy hidden jolly lively lucky lunar mellow mighty misty nimble noble patient quiet rapid restless rusty shy silver sleepy solar stormy sunny velvet wandering'.split(
    ' ',
  );
export const ANIMALS =
  'badger beaver bison cobra condor coyote crane dingo falcon ferret finch fox gecko heron ibex jackal kestrel lemur lynx magpie marten mole newt ocelot orca osprey otter owl panda pelican puffin raven seal shrew stork tapir toad viper walrus wombat'.split(
    ' ',
  );

/** What friends say to each other; each answers the one before, more or less. */
export const SMALL_TALK = [
  'Are you online tonight?',
  'From eight on, yes.',
  'I have made a new build, tell me what you think of it.',
  'Looks heavy. Does it still roll?',
  'Barely. But one blow is enough.',
  'Ha, until somebody dodges.',
  'Shall we try it together?',
  'Give me ten minutes.',
  'The sale ends on Sunday, by the way.',
  'I have more games than evenings already.',
  'Same here. See you in the lobby!',
  'On my way.',
];
