import { AuthorizerSettingName, readAuthorizerSettings } from './settings';

const read = (values: Partial<Record<AuthorizerSettingName, string>>) =>
  readAuthorizerSettings(
    name => ({ baseDomain: 'example.com', ...values }[name]),
  );

describe('settings of the authorizer', () => {
  it.each([
    [{}, true],
    [{ requireMember: 'true' }, true],
    [{ requireMember: ' false ' }, false],
  ])('with %j members are required: %s', (values, required) => {
    expect(read(values).requireMember).toBe(required);
  });

  it.each(['True', 'TRUE', 'yes', '1', 'no', 'False'])(
    'a word that is neither true nor false lets nobody in: %s',
    requireMember => {
      expect(() => read({ requireMember })).toThrow(
        `requireMember (LLM_AUTHORIZER_REQUIRE_MEMBER) must be true or false, not ${requireMember}`,
      );
    },
  );
});
