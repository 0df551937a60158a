// The network's modules. The last part of the prelude, so that in the snapshot they do not lie
// between what every program uses: each page that a program touches costs a fault.
import { addBuiltins } from './modules.js';
import { http, https } from './http/modules.js';
import http2 from './http/http2.js';
import dns from './net/dns.js';
import net from './net/net.js';
import tls from './net/tls.js';
export { FormData, Request, Response } from './fetch_types.js';
export { fetch } from './fetch.js';

addBuiltins({ dns, 'dns/promises': dns.promises, http, http2, https, net, tls });
