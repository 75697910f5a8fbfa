// A program that is not ours and takes webhooks as its makers say
// (standardwebhooks, from npm): it reads one request a line from standard
// input, {"secret", "headers", "body"}, and answers each with what it read or
// why it believes nothing of it.
const { Webhook } = require('standardwebhooks');
const readline = require('node:readline');

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const { secret, headers, body } = JSON.parse(line);
  let answer;
  try {
    answer = { read: new Webhook(secret).verify(body, headers) };
  } catch (err) {
    answer = { refused: err.message };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
});
