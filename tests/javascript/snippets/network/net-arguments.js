const net = require('net');
for (const values of [[70000], [{}], [{ port: 'a' }], [{ port: {} }], [{ port: -1 }], [{ port: '' }]]) {
  try {
    net.connect(...values).on('error', () => {}).destroy();
    console.log('taken');
  } catch (error) { console.log(error.name, error.code, error.message); }
}
const socket = new net.Socket();
console.log(socket.connecting, socket.readyState, socket.destroyed, socket.pending, socket.bytesRead, socket.bytesWritten, socket.remoteAddress, socket.address());
for (const value of ['x', -1, Infinity]) {
  try { socket.setTimeout(value); } catch (error) { console.log(error.code, error.message); }
}
console.log(socket.setNoDelay() === socket, socket.setKeepAlive(true) === socket, socket.unref() === socket, socket.setTimeout(0) === socket);
socket.on('close', (hadError) => console.log('closed', hadError));
socket.destroy();
for (const text of ['1.2.3.4', '1.2.3', '256.1.1.1', '::1', '::ffff:1.2.3.4', 'fe80::1%eth0', '1::2::3', 'x', '', '01.2.3.4', '::g']) {
  console.log(JSON.stringify(text), net.isIP(text), net.isIPv4(text), net.isIPv6(text));
}
