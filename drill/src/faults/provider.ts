import type { Fault } from './fault.js';

/** What the payment provider does wrong, as payments' FAKE_PROVIDER has it. */
const WRONGS = (url: string) => [
  { losesAnswers: true, webhooks: { url, copies: 2 } }, // told before it is answered, and twice
  { losesAnswers: true },
  { delayMs: 500, webhooks: { url, copies: 3, reorders: true } },
  { delayMs: 1_500, webhooks: { url, copies: 1, losesEvery: 2 } },
];

const provider: Fault = {
  name: 'F22',
  description: 'the payment provider loses answers, is late, tells twice, out of order or never',
  async inject({ stage }, random) {
    const url = new URL('/provider/webhook', stage.system.subgraphUrls.get('payments')).href;
    const wrong = random.pick(WRONGS(url));
    await stage.kill('payments');
    await stage.start('payments', { env: stage.providerThat(wrong) });
    const { webhooks, ...rest } = wrong;
    const told = { ...rest, webhooks: webhooks ? { ...webhooks, url: undefined } : 'never' };
    return {
      what: JSON.stringify(told),
      holdMs: 8_000,
      mend: async () => (await stage.kill('payments'))(),
    };
  },
};

export const providerFaults = [provider];
