// util.inspect and util.format: node's own, as the package node-inspect-extracted carries them.
import util from 'node-inspect-extracted';

export const { inspect, format, formatWithOptions } = util;
