module.exports = require('@backstage/cli/config/eslint-factory')(__dirname, {
  rules: {
    // What is shown here is the plugin's authorizer; this package is for tests and is never published.
    '@backstage/no-mixed-plugin-imports': 'off',
  },
});
