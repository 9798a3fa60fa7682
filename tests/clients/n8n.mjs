// What n8n's OpenAI Chat Model and OpenAI nodes do, with the client that they use (LangChain for JavaScript) and the
// calls that they make by themselves: prints what they were answered as one JSON line.
import {HumanMessage, ToolMessage} from '@langchain/core/messages';
import {tool} from '@langchain/core/tools';
import {ChatOpenAI} from '@langchain/openai';
import {z} from 'zod';

const [baseURL, apiKey] = process.argv.slice(2);
const told = {};

// The test of its credentials, and its list of models.
const headers = {Authorization: `Bearer ${apiKey}`, 'OpenAI-Organization': ''};
const models = await fetch(`${baseURL}/models`, {headers});
told.tested = models.status;
told.listed = (await models.json()).data.map((model) => model.id).includes('gpt-5-4');

// The Chat Model node: its own defaults for what nobody filled in.
const made = (model, modelKwargs = {}) => new ChatOpenAI({
  apiKey, model, timeout: 60000, maxRetries: 0, modelKwargs, frequencyPenalty: 0, maxTokens: -1, presencePenalty: 0,
  temperature: 0.7, topP: 1, configuration: {baseURL, defaultHeaders: {'X-N8n': 'yes'}},
});
const local = made('gemini-3-5-flash');
const answer = await local.invoke([new HumanMessage('Tell me about harbours')]);
told.text = answer.content;
told.usage = answer.usage_metadata.total_tokens;
told.reason = answer.response_metadata.finish_reason;
told.streamed = '';
for await (const chunk of await local.stream('Tell me about harbours')) told.streamed += chunk.content;
told.json = JSON.parse((await made('gemini-3-5-flash', {response_format: {type: 'json_object'}}).invoke('Answer in JSON')).content);
told.shaped = await local.withStructuredOutput(z.object({name: z.string(), size: z.number()})).invoke('A ship');

// An agent's turn with a tool, as the AI Agent node takes it.
const weather = tool(({city}) => `Rain in ${city}`, {
  name: 'weather', description: 'Tell the weather', schema: z.object({city: z.string()}),
});
const agent = made('gpt-5-4').bindTools([weather]);
const asked = new HumanMessage('How is the weather in Oslo?');
const called = await agent.invoke([asked]);
told.called = called.tool_calls.map(({name, args}) => [name, args]);
const result = new ToolMessage({content: 'Rain in Oslo', tool_call_id: called.tool_calls[0].id});
told.after = (await agent.invoke([asked, called, result])).content;
let whole;
for await (const chunk of await agent.stream([asked])) whole = whole ? whole.concat(chunk) : chunk;
told.flowing = whole.tool_calls.map(({name, args}) => [name, args]);

// The same node where it is told to use the Responses API, as its newer versions are from the start.
const newer = new ChatOpenAI({
  apiKey, model: 'gemini-3-5-flash', maxRetries: 0, useResponsesApi: true, temperature: 0.7, configuration: {baseURL},
});
const responded = await newer.invoke([new HumanMessage('Tell me about harbours')]);
told.responded = responded.text;
told.respondedUsage = responded.usage_metadata.total_tokens;
told.poured = '';
for await (const chunk of await newer.stream('Tell me about harbours')) told.poured += chunk.text;
const newerAgent = new ChatOpenAI({apiKey, model: 'gpt-5-4', maxRetries: 0, useResponsesApi: true, configuration: {baseURL}})
  .bindTools([weather]);
const newerCalled = await newerAgent.invoke([asked]);
told.newerCalled = newerCalled.tool_calls.map(({name, args}) => [name, args]);
const newerResult = new ToolMessage({content: 'Rain in Oslo', tool_call_id: newerCalled.tool_calls[0].id});
told.newerAfter = (await newerAgent.invoke([asked, newerCalled, newerResult])).text;

// The OpenAI node: a message, a picture, speech.
const post = (path, body) => fetch(`${baseURL}${path}`, {
  method: 'POST', headers: {...headers, 'Content-Type': 'application/json'}, body: JSON.stringify(body),
});
const messages = [{role: 'user', content: 'Hello'}];
const said = await (await post('/chat/completions', {model: 'gemini-3-5-flash', messages, response_format: undefined, n: 1, max_tokens: 16})).json();
told.message = said.choices[0].message.content;
const drawn = await (await post('/images/generations', {model: 'flux-dev', prompt: 'A cat', quality: 'standard', size: '1024x1024', response_format: 'b64_json', n: 1})).json();
told.picture = drawn.data[0].b64_json.length;

// Its version 2: a message to the Responses API, a picture to look at, and a loop of tools.
const respond = async (body) => (await post('/responses', body)).json();
const input = [{role: 'user', content: [{type: 'input_text', text: 'A ship'}]}];
const text = {format: {type: 'json_schema', name: 'ship', schema: {type: 'object', properties: {name: {type: 'string'}}}}};
const shipped = await respond({
  model: 'gemini-3-5-flash', input, parallel_tool_calls: true, store: true, background: false, truncation: 'auto', text,
  metadata: {order: '7'}, service_tier: 'auto', max_output_tokens: 500,
});
told.shipped = JSON.parse(shipped.output.find(({type}) => type === 'message').content[0].text);
told.kept = (await (await fetch(`${baseURL}/responses/${shipped.id}`, {headers})).json()).status;
const content = [{type: 'input_text', text: "What's in this image?"}, {
  type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${drawn.data[0].b64_json}`,
}];
const looked = await respond({model: 'gemini-3-5-flash', input: [{role: 'user', content}], max_output_tokens: 300});
told.looked = looked.output[0].content[0].text;
const loop = {model: 'gpt-5-4', input: [{role: 'user', content: 'How is the weather in Oslo?'}], tools: [{
  type: 'function', name: 'weather', parameters: {type: 'object', properties: {city: {type: 'string'}}}, strict: false, description: 'Tell it',
}]};
const calls = (await respond(loop)).output.filter(({type}) => type === 'function_call' || type === 'reasoning');
loop.input.push(...calls, ...calls.map(({call_id}) => ({type: 'function_call_output', call_id, output: 'Rain'})));
told.looped = (await respond(loop)).output.find(({type}) => type === 'message').content[0].text;
const refused = await post('/chat/completions', {model: 'no-such-model', messages});
told.refused = [refused.status, (await refused.json()).error.code];
console.log(JSON.stringify(told));
