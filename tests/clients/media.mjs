// OpenAI's own client for Node, unmodified: sound, a film that is polled for, and one of our callbacks unwrapped.
import {createServer} from 'node:http';
import OpenAI from 'openai';

const [baseURL, apiKey, webhookSecret] = process.argv.slice(2);
const client = new OpenAI({baseURL, apiKey, webhookSecret, maxRetries: 0});
const told = {};

const sound = await client.audio.speech.create({model: 'gpt-4o-mini-tts', voice: 'alloy', input: 'Hello.', response_format: 'wav'});
told.sound = Buffer.from(await sound.arrayBuffer()).toString('latin1', 0, 4);
told.refusedSound = await client.audio.speech
  .create({model: 'gpt-4o-mini-tts', voice: 'alloy', input: 'Hello.', response_format: 'aac'})
  .catch((error) => [error.status, error.param]);

let film = await client.videos.create({model: 'veo-3-1-fast', prompt: 'Waves', seconds: '4', size: '1280x720'});
told.began = film.status;
for (let left = 600; left && ['queued', 'in_progress'].includes(film.status); left--) {
  await new Promise((done) => setTimeout(done, 200));
  film = await client.videos.retrieve(film.id);
}
told.film = [film.status, film.progress, film.error];
const content = await client.videos.downloadContent(film.id);
told.content = Buffer.from(await content.arrayBuffer()).toString('latin1', 4, 8);
told.listed = [];
for await (const one of client.videos.list()) told.listed.push(one.id === film.id);
told.deleted = (await client.videos.delete(film.id)).deleted;

const posts = [];
const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    response.end('ok');
    posts.push([Buffer.concat(chunks).toString(), request.headers]);
  });
}).listen(0, '127.0.0.1');
await new Promise((done) => server.once('listening', done));
const answer = await client.chat.completions.create({
  model: 'gemini-3-5-flash',
  messages: [{role: 'user', content: 'Hello'}],
  callback_url: `http://127.0.0.1:${server.address().port}/hook`,
});
for (let left = 300; left && !posts.length; left--) await new Promise((done) => setTimeout(done, 100));
const [body, headers] = posts[0];
const event = await client.webhooks.unwrap(body, headers);
told.event = [event.type, event.data.output.id === answer.id];
told.forged = await client.webhooks.unwrap(body.replace('run.completed', 'run.failed'), headers).catch((error) => error.constructor.name);
server.close();
console.log(JSON.stringify(told));
