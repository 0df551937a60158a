"""In place of the library's module, which needs fork(2): starting a process fails as
`subprocess` does here, with an ordinary error."""

import errno


class Popen:
    method = "fork"

    def __init__(self, process_obj):
        raise OSError(errno.ENOTSUP, "wasi does not support processes.")
