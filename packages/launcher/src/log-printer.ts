import pc from 'picocolors';

const LEVELS: Record<number, string> = {
  20: pc.dim('debug'),
  30: pc.blue('info'),
  40: pc.yellow('warn'),
  50: pc.red('error'),
  60: pc.red('fatal'),
};
const WARN = 40;
const COLORS = [pc.cyan, pc.magenta, pc.green, pc.yellow, pc.blue, pc.white, pc.gray];

/** Prints the services' log lines for people: warnings and worse, or all of them. Waits until the start is shown. */
export class LogPrinter {
  readonly #services: string[] = [];
  #waiting: string[] | undefined = [];

  constructor(private readonly isVerbose: boolean) {}

  print(service: string, line: string): void {
    const text = this.#format(service, line);
    if (text === undefined) return;
    if (this.#waiting) this.#waiting.push(text);
    else console.log(text);
  }

  open(): void {
    for (const text of this.#waiting ?? []) console.log(text);
    this.#waiting = undefined;
  }

  #format(service: string, line: string): string | undefined {
    if (!this.#services.includes(service)) this.#services.push(service);
    const color = COLORS[this.#services.indexOf(service) % COLORS.length]!;
    const label = color(service.padEnd(9));
    let entry: Record<string, unknown>;
    try {
      entry = JSON.parse(line) as Record<string, unknown>;
    } catch {
      return `${label} ${line}`;
    }
    const { level, time, msg, name: _, ...details } = entry;
    if (!this.isVerbose && Number(level) < WARN) return undefined;
    const at = new Date(Number(time)).toISOString().slice(11, 23);
    const rest = Object.keys(details).length > 0 ? pc.dim(JSON.stringify(details)) : '';
    return `${label} ${pc.dim(at)} ${LEVELS[Number(level)] ?? String(level)} ${String(msg)} ${rest}`;
  }
}
