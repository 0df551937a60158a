const { createHmac } = require('crypto'); const enc = (o) => Buffer.from(JSON.stringify(o)).toString('base64url');
const sign = (payload, key) => { const body = `${enc({ alg: 'HS256', typ: 'JWT' })}.${enc(payload)}`; return `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`; };
const token = sign({ sub: '123', name: 'Zoë', iat: 1516239022 }, 'secret'); console.log(token, JSON.parse(Buffer.from(token.split('.')[1], 'base64url')));
