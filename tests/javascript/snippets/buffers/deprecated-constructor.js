const { SlowBuffer, transcode, isUtf8, isAscii } = require('buffer');
console.log(new Buffer('abc').toString(), Buffer(3).length, isUtf8(Buffer.from([0xff])), isAscii(Buffer.from('a')), transcode(Buffer.from('€'), 'utf8', 'utf16le'), transcode(Buffer.from('é'), 'utf8', 'latin1'), SlowBuffer(2).length);
