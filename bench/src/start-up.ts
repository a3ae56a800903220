import { Bench } from './bench.js';
import { median } from './statistics.js';
import { figure, type Section } from './table.js';

/** How long a start takes: on an empty folder, and on one that ran before. */
export async function measureStartUp({ isQuick }: Bench): Promise<Section> {
  const cold: number[] = [];
  const warm: number[] = [];
  for (let round = 0; round < (isQuick ? 1 : 3); round++) {
    const bench = await Bench.make(isQuick);
    cold.push(await bench.start());
    await bench.stop();
    warm.push(await bench.start());
    await bench.remove();
  }
  const row = (name: string, seconds: number[]) => [
    ...[name, figure(median(seconds)), seconds.map(figure).join(', ')],
  ];
  return {
    title: 'Start-up',
    columns: ['start', 'median s', 'each s'],
    rows: [
      row('cold: an empty folder, all migrations', cold),
      row('warm: the same folder again', warm),
    ],
    notes: ['PostgreSQL, six subgraphs, the composition and the router, until it serves.'],
  };
}
