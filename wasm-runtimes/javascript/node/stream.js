// stream: the package readable-stream, which is node's own, taken apart from it.
import stream from 'readable-stream';

export const { Readable, Writable, Duplex, Transform, PassThrough, pipeline, finished } = stream;
stream.Stream = stream;
export default stream;
