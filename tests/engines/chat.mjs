// OpenAI's own client against an added server's model: prints what it was answered as one JSON line.
import OpenAI from 'openai';

const [baseURL, apiKey, model] = process.argv.slice(2);
const client = new OpenAI({baseURL, apiKey, maxRetries: 0});
const asked = {model, messages: [{role: 'user', content: 'Say hello.'}], max_tokens: 24};
const told = {};

told.owner = (await client.models.retrieve(model)).owned_by;
const whole = await client.chat.completions.create(asked);
told.text = whole.choices[0].message.content;
told.usage = whole.usage.total_tokens;
told.streamed = '';
for await (const chunk of await client.chat.completions.create({...asked, stream: true})) {
  told.streamed += chunk.choices[0]?.delta?.content ?? '';
}
console.log(JSON.stringify(told));
