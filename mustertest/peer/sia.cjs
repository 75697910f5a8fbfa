// A DC-09 receiver that is not ours (iobroker.sia, from npm), run without its
// platform: accounts come as JSON in the first argument; every port and every
// frame that it understood goes to standard output as a line of JSON.
const { sia } = require('iobroker.sia/build/lib/sia.js');

const accounts = JSON.parse(process.argv[2]);
const peer = new sia({ host: '127.0.0.1', port: 0, timeout: 10, sockend: true });
peer.setAccounts(accounts);
const tell = (what) => process.stdout.write(JSON.stringify(what) + '\n');
peer.on('sia', (frame, problem) => tell({ frame, problem }));
peer.on('error', (problem) => tell({ problem: String(problem) }));
peer.servertcp.on('listening', () => tell({ tcp: peer.servertcp.address().port }));
peer.serverudp.on('listening', () => tell({ udp: peer.serverudp.address().port }));
peer.serverStartTCP();
peer.serverStartUDP();
process.stdin.on('end', () => process.exit(0)).resume();
