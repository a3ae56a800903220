import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { providerOf } from './config.js';

const GOOD = {
  fake: { PROVIDER_WEBHOOK_SECRET: 'x'.repeat(32) },
  stripe: {
    STRIPE_SECRET_KEY: 'sk_live_1234567890abcdef',
    STRIPE_WEBHOOK_SECRET: 'whsec_1234567890abcdef',
  },
  yookassa: {
    YOOKASSA_SHOP_ID: '100500',
    YOOKASSA_SECRET_KEY: 'live_1234567890abcdef',
    YOOKASSA_RETURN_URL: 'https://shop.example/paid',
  },
};

describe('the settings of payments', () => {
  it('name a provider, and have what that one needs, without any default', () => {
    for (const [PAYMENT_PROVIDER, settings] of Object.entries(GOOD)) {
      const env = { PAYMENT_PROVIDER, ...settings };
      assert.equal(providerOf(env).name, PAYMENT_PROVIDER);
      for (const name of Object.keys(settings)) {
        assert.throws(() => providerOf({ ...env, [name]: undefined }), new RegExp(name));
        assert.throws(() => providerOf({ ...env, [name]: 'short' }), new RegExp(name));
      }
    }
    assert.throws(() => providerOf({}), /PAYMENT_PROVIDER/);
    assert.throws(() => providerOf({ PAYMENT_PROVIDER: 'paypal' }), /PAYMENT_PROVIDER/);
  });

  it('may have the fake do wrong what can be wrong, and nothing else', () => {
    const env = { PAYMENT_PROVIDER: 'fake', ...GOOD.fake };
    const wrongs = { delayMs: 5, losesAnswers: true, webhooks: { url: 'http://shop', copies: 2 } };
    assert.equal(providerOf({ ...env, FAKE_PROVIDER: JSON.stringify(wrongs) }).name, 'fake');
    for (const FAKE_PROVIDER of ['{', '{"delay":5}', '{"webhooks":{"copies":2}}'])
      assert.throws(() => providerOf({ ...env, FAKE_PROVIDER }), /FAKE_PROVIDER/);
  });
});
