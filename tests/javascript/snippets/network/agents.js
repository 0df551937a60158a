const http = require('http');
const https = require('https');
const agent = new http.Agent({ keepAlive: true, maxSockets: 3 });
console.log(agent.keepAlive, agent.maxSockets, agent.maxFreeSockets, agent.maxTotalSockets, agent.scheduling, agent.defaultPort, agent.protocol);
console.log(agent.getName({ host: 'h', port: 80 }), agent.getName({ host: 'h', port: 80, family: 6 }), agent.getName({ host: 'h', port: 80, localAddress: 'l' }), agent.getName());
console.log(http.globalAgent.keepAlive, https.globalAgent.keepAlive, https.globalAgent.defaultPort, https.globalAgent.protocol, http.Agent.defaultMaxSockets);
console.log(https.globalAgent instanceof http.Agent, http.Agent() instanceof http.Agent, new https.Agent().maxCachedSessions);
for (const options of [{ scheduling: 'x' }, { maxTotalSockets: 'x' }, { maxTotalSockets: 0 }]) {
  try { new http.Agent(options); } catch (error) { console.log(error.code); }
}
class Own extends http.Agent { constructor() { super({ keepAlive: true }); this.mine = true; } }
console.log(new Own().mine, new Own().keepAlive, new Own() instanceof http.Agent);
console.log(http.METHODS.length, http.STATUS_CODES[418], http.maxHeaderSize);
for (const [name, value] of [['a b', 'x'], ['a', 'x\r'], ['a', undefined]]) {
  try { http.validateHeaderName(name); http.validateHeaderValue(name, value); } catch (error) { console.log(error.code, error.message); }
}
