// OpenAI's own client and Vercel's AI SDK, unmodified: prints what they were answered as one JSON line.
import {createOpenAICompatible} from '@ai-sdk/openai-compatible';
import {generateText, streamText} from 'ai';
import OpenAI, {toFile} from 'openai';

const [baseURL, apiKey] = process.argv.slice(2);
const client = new OpenAI({baseURL, apiKey, maxRetries: 0});
const messages = [{role: 'user', content: 'Tell me about harbours'}];
const told = {};

told.models = (await client.models.list()).data.length;
told.chat = (await client.chat.completions.create({model: 'gpt-5-4', messages})).choices[0].message.content;
let streamed = '';
for await (const chunk of await client.chat.completions.create({model: 'gpt-5-4', messages, stream: true})) {
  streamed += chunk.choices[0]?.delta?.content ?? '';
}
told.streamed = streamed;
const pictures = await client.images.generate({model: 'flux-dev', prompt: 'A cat', response_format: 'b64_json'});
const bytes = Buffer.from(pictures.data[0].b64_json, 'base64');
told.picture = bytes.length;
const edited = await client.images.edit({model: 'flux-dev', prompt: 'A hat', image: await toFile(bytes, 'cat.webp')});
told.edited = edited.data[0].url;
told.refused = await client.chat.completions.create({model: 'no-such-model', messages}).catch((error) => error.code);

const provider = createOpenAICompatible({name: 'genhook', baseURL, apiKey});
told.generated = (await generateText({model: provider('gpt-5-4'), prompt: 'Tell me about harbours'})).text;
let flowing = '';
for await (const part of streamText({model: provider('gpt-5-4'), prompt: 'Tell me about harbours'}).textStream) flowing += part;
told.flowing = flowing;
console.log(JSON.stringify(told));
