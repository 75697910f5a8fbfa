// A push service with browsers that is not ours (web-push-testing, from npm),
// on the port of this machine that is the first argument, until standard input
// ends.
const http = require('node:http');
const Server = require('web-push-testing/src/server.js');
const { PushApiModel } = require('web-push-testing/src/PushApiModel.js');

const server = new Server(new PushApiModel(), Number(process.argv[2]));
server._app.listen = (port, ready) => http.createServer(server._app).listen(port, '127.0.0.1', ready);
server.startServer();
process.stdin.on('end', () => process.exit(0)).resume();
