/* The functions the Belljar host offers to a runtime module (import module `belljar`). */
#ifndef BELLJAR_HOST_H
#define BELLJAR_HOST_H

#include <stdint.h>

#define HOST_IMPORT(symbol) __attribute__((import_module("belljar"), import_name(symbol)))

enum host_input { INPUT_PROGRAM = 0, INPUT_PRELOAD = 1, INPUT_FILE_NAME = 2 };

/* Length of an input in bytes, or -1 when there is none. */
HOST_IMPORT("input_size") int32_t host_input_size(int32_t which);

/* Copies an input of `len` bytes to `ptr`. */
HOST_IMPORT("input_read") void host_input_read(int32_t which, void *ptr, int32_t len);

/* Appends to stdout (1) or stderr (2) as the host collects them; returns `len`. */
HOST_IMPORT("output") int32_t host_output(int32_t fd, const void *ptr, int32_t len);

/* The network, as wasm-runtimes/network-calls.md describes it. A handle or a length, or negative:
 * an error number of errno.h. */
HOST_IMPORT("net_lookup") int32_t host_net_lookup(const char *host, int32_t len);
HOST_IMPORT("net_connect") int32_t host_net_connect(const char *host, int32_t len, int32_t port);
HOST_IMPORT("net_status") int32_t host_net_status(int32_t handle);
HOST_IMPORT("net_send") int32_t host_net_send(int32_t handle, const void *ptr, int32_t len);
HOST_IMPORT("net_receive") int32_t host_net_receive(int32_t handle, void *ptr, int32_t len);
HOST_IMPORT("net_shutdown") int32_t host_net_shutdown(int32_t handle);
HOST_IMPORT("net_close") int32_t host_net_close(int32_t handle);
HOST_IMPORT("net_address")
int32_t host_net_address(int32_t handle, int32_t which, char *ptr, int32_t len);
HOST_IMPORT("net_reason") int32_t host_net_reason(char *ptr, int32_t len);
HOST_IMPORT("net_poll") int32_t host_net_poll(void *entries, int32_t count, int64_t nanoseconds);

HOST_IMPORT("tls_open") int32_t host_tls_open(const char *settings, int32_t len);
HOST_IMPORT("tls_feed") int32_t host_tls_feed(int32_t handle, const void *ptr, int32_t len);
HOST_IMPORT("tls_take") int32_t host_tls_take(int32_t handle, void *ptr, int32_t len);
HOST_IMPORT("tls_write") int32_t host_tls_write(int32_t handle, const void *ptr, int32_t len);
HOST_IMPORT("tls_read") int32_t host_tls_read(int32_t handle, void *ptr, int32_t len);
HOST_IMPORT("tls_status") int32_t host_tls_status(int32_t handle);
HOST_IMPORT("tls_shutdown") int32_t host_tls_shutdown(int32_t handle);
HOST_IMPORT("tls_info") int32_t host_tls_info(int32_t handle, char *ptr, int32_t len);
HOST_IMPORT("tls_close") int32_t host_tls_close(int32_t handle);

#endif
