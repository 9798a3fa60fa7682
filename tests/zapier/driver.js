'use strict';

// Runs the app in zapier-platform-core as Zapier's Lambda does: a request a line on stdin, an answer a line on stdout.
// Answers begin with "@@ ", since the core prints what it likes.

const readline = require('readline');
const createLambdaHandler = require('zapier-platform-core/src/tools/create-lambda-handler');

const app = require(process.argv[2]);
const handler = createLambdaHandler(app);

// z.stashFile wants a key of Zapier's own store: what would be stashed is told instead.
const hydrated = async (bundle) => {
  let stashed;
  app.hydrators.probe = async (z, inner) => {
    const stashing = Object.assign(Object.create(z), {
      stashFile: async (response, length, name, type) => {
        stashed = { size: (await response.buffer()).length, length, name, type };
        return 'stashed';
      },
    });
    return app.hydrators.file(stashing, inner);
  };
  await createLambdaHandler(app)({ command: 'execute', method: 'hydrators.probe', bundle });
  delete app.hydrators.probe;
  return { results: stashed };
};

// What z.cache keeps.
const zcacheTestObj = {};

const answer = async ({ hydrate, ...event }) => {
  try {
    const { status, results } = hydrate ? await hydrated(hydrate) : await handler({ ...event, zcacheTestObj });
    return { status, results };
  } catch (error) {
    return { error: { name: error.name, message: error.message } };
  }
};

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(`\n@@ ${JSON.stringify(await answer(JSON.parse(line)))}\n`);
  }
})();
