# A Rust extension. Its vocabularies come over the network, so this brings one of its own.
import tiktoken

ranks = {bytes([byte]): byte for byte in range(256)}
ranks |= {b"he": 256, b"ll": 257, b"hell": 258, b"hello": 259}
encoding = tiktoken.Encoding("own", pat_str=r"\w+|\W", mergeable_ranks=ranks, special_tokens={})
tokens = encoding.encode("hello hell")
print(tokens, encoding.decode(tokens))
