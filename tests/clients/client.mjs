// OpenAI's own client and Vercel's AI SDK, unmodified: prints what they were answered as one JSON line.
import {createOpenAI} from '@ai-sdk/openai';
import {createOpenAICompatible} from '@ai-sdk/openai-compatible';
import {generateText, isStepCount, Output, streamText, tool} from 'ai';
import OpenAI, {toFile} from 'openai';
import {z} from 'zod';

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

// The same two by OpenAI's newer path, which Vercel's provider for OpenAI takes unasked.
const response = await client.responses.create({model: 'gemini-3-5-flash', input: 'Tell me about harbours'});
told.response = response.output_text;
const follows = {model: 'gemini-3-5-flash', input: 'And ships?', previous_response_id: response.id};
told.followed = (await client.responses.stream(follows).finalResponse()).output_text;
told.pieces = [];
for await (const event of await client.images.generate({model: 'flux-dev', prompt: 'A cat', stream: true})) told.pieces.push(event.type);

const newer = createOpenAI({baseURL, apiKey});
told.responded = (await generateText({model: newer('gemini-3-5-flash'), prompt: 'Tell me about harbours'})).text;
told.poured = '';
for await (const part of streamText({model: newer('gemini-3-5-flash'), prompt: 'Tell me about harbours'}).textStream) told.poured += part;
const shape = Output.object({schema: z.object({name: z.string(), size: z.number()})});
told.shaped = (await generateText({model: newer('gemini-3-5-flash'), prompt: 'A ship', output: shape})).output;
// Two steps: the model's call is named by its id in the second.
const weather = tool({
  description: 'Tell the weather', inputSchema: z.object({city: z.string()}), execute: ({city}) => `Rain in ${city}`,
});
const steps = await generateText({
  model: newer('gpt-5-4'), prompt: 'How is the weather in Oslo?', tools: {weather}, stopWhen: isStepCount(3),
});
told.called = steps.steps[0].toolCalls.map(({toolName, input}) => [toolName, input]);
told.after = steps.text;
told.absent = await generateText({model: newer('no-such-model'), prompt: 'Hello', maxRetries: 0}).catch((error) => error.statusCode);
console.log(JSON.stringify(told));
