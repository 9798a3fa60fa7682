// One request in the words of each tool. The key is never written into them.

// The definition's own example, one picture of it: it takes a click, not a choice.
export function thumbnail(definition) {
  return { ...definition.examples[0].input, image_count: 1 };
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const indented = (value, by) => JSON.stringify(value, null, 2).replaceAll("\n", `\n${" ".repeat(by)}`);
const pythonic = (value) => indented(value, 4).replaceAll(/\b(true|false|null)\b(?=[,\n])/g, (word) => ({ true: "True", false: "False", null: "None" })[word]);

export function shell(service, action, input, url) {
  return [
    `curl -sS ${quoted(`${service}/v1/actions/${action}?wait=30`)}`,
    '-H "Authorization: Bearer $GENHOOK_KEY"',
    "-H 'Content-Type: application/json'",
    "-H 'Idempotency-Key: first-thumbnail'",
    `-d ${quoted(JSON.stringify({ input, callback_url: url }, null, 2))}`,
  ].join(" \\\n  ");
}

export function python(service, action, input, url) {
  return `import os

import requests

answer = requests.post(
    "${service}/v1/actions/${action}",
    params={"wait": 30},
    headers={"Authorization": f"Bearer {os.environ['GENHOOK_KEY']}", "Idempotency-Key": "first-thumbnail"},
    json={"input": ${pythonic(input)}, "callback_url": ${JSON.stringify(url)}},
    timeout=60,
)
answer.raise_for_status()
run = answer.json()
print(run["status"], run["output"]["image_urls"])`;
}

export function node(service, action, input, url) {
  return `const answer = await fetch("${service}/v1/actions/${action}?wait=30", {
  method: "POST",
  headers: {
    Authorization: \`Bearer \${process.env.GENHOOK_KEY}\`,
    "Content-Type": "application/json",
    "Idempotency-Key": "first-thumbnail",
  },
  body: JSON.stringify({ input: ${indented(input, 2)}, callback_url: ${JSON.stringify(url)} }),
});
if (!answer.ok) throw new Error(await answer.text());
const run = await answer.json();
console.log(run.status, run.output.image_urls);`;
}

export const install = (service) => `npm install ${service}/packs/n8n-nodes-genhook.tgz`;

export function workflow(action, input) {
  const [api, resource, operation] = action.split(".");
  const nodes = [
    { id: "start", name: "Start", type: "n8n-nodes-base.manualTrigger", typeVersion: 1, position: [0, 0], parameters: {} },
    {
      id: "generate",
      name: "Generate",
      type: "n8n-nodes-genhook.genhook",
      typeVersion: 1,
      position: [220, 0],
      parameters: { resource: `${api}_${resource}`, operation, ...input, downloadFiles: true },
    },
  ];
  const connections = { Start: { main: [[{ node: "Generate", type: "main", index: 0 }]] } };
  return JSON.stringify({ name: "Genhook: a first thumbnail", nodes, connections, settings: { executionOrder: "v1" } }, null, 2);
}

export const zapier = (service) => `curl -sSO ${service}/packs/genhook-zapier.zip
unzip genhook-zapier.zip -d genhook-zapier && cd genhook-zapier
npm install
npx zapier-platform-cli register Genhook
npx zapier-platform-cli push`;

export function zap(action, input) {
  const fields = Object.entries(input).map(([name, value]) => `   ${name}: ${value}`);
  return ["1. Trigger: Schedule by Zapier, Every Day", `2. Action: Genhook, ${action.replaceAll(".", "_")}`, ...fields, "3. Action: use “files” of step 2, for example Google Drive, Upload File"].join("\n");
}
