/* `write(2)`, replacing the C library's: stdout and stderr go straight to the host's collector
 * (one import call, no iovec, no descriptor table), everything else to WASI. Nothing is kept
 * back here: what was written is with the host even if the program is killed right after. */
#include "host.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>
#include <wasi/api.h>

ssize_t
write(int fd, const void *buffer, size_t length)
{
    if (length > INT32_MAX) {
        length = INT32_MAX;
    }
    if (fd == STDOUT_FILENO || fd == STDERR_FILENO) {
        return host_output(fd, buffer, (int32_t)length);
    }
    __wasi_ciovec_t piece = {.buf = buffer, .buf_len = length};
    size_t written;
    __wasi_errno_t error = __wasi_fd_write(fd, &piece, 1, &written);
    if (error != 0) {
        errno = error == ENOTCAPABLE ? EBADF : error;
        return -1;
    }
    return (ssize_t)written;
}
