/* memcpy and its kin, replacing the C library's, which copy byte by byte or word by word.
 *
 * Small sizes, which an interpreter copies all the time, are done with two overlapping loads and
 * stores, medium ones in 16-byte steps; `memory.copy` and `memory.fill` are fast for large blocks
 * only, since wasmtime leaves the compiled code for them.
 *
 * Compiled without -flto and with -fno-builtin: otherwise the compiler recognises these loops as
 * memcpy and calls the function from within itself. */
#include <stddef.h>
#include <stdint.h>
#include <wasm_simd128.h>

/* From this size on the bulk instructions win. */
#define BULK_FROM 512

typedef struct { uint16_t v; } __attribute__((packed, may_alias)) u16;
typedef struct { uint32_t v; } __attribute__((packed, may_alias)) u32;
typedef struct { uint64_t v; } __attribute__((packed, may_alias)) u64;

#define AT(type, p, offset) (((type *)((char *)(p) + (offset)))->v)
#define LOAD16(p, offset) wasm_v128_load((const char *)(p) + (offset))
#define STORE16(p, offset, value) wasm_v128_store((char *)(p) + (offset), value)

/* Up to 32 bytes. Everything is loaded before anything is stored: overlap does no harm. */
static inline void
move_small(void *to, const void *from, size_t n)
{
    if (n >= 16) {
        v128_t head = LOAD16(from, 0), tail = LOAD16(from, n - 16);
        STORE16(to, 0, head);
        STORE16(to, n - 16, tail);
    }
    else if (n >= 8) {
        uint64_t head = AT(u64, from, 0), tail = AT(u64, from, n - 8);
        AT(u64, to, 0) = head;
        AT(u64, to, n - 8) = tail;
    }
    else if (n >= 4) {
        uint32_t head = AT(u32, from, 0), tail = AT(u32, from, n - 4);
        AT(u32, to, 0) = head;
        AT(u32, to, n - 4) = tail;
    }
    else if (n >= 2) {
        uint16_t head = AT(u16, from, 0), tail = AT(u16, from, n - 2);
        AT(u16, to, 0) = head;
        AT(u16, to, n - 2) = tail;
    }
    else if (n == 1) {
        *(char *)to = *(const char *)from;
    }
}

void *
memcpy(void *restrict to, const void *restrict from, size_t n)
{
    if (n <= 32) {
        move_small(to, from, n);
    }
    else if (n >= BULK_FROM) {
        __asm__("local.get %0\n\tlocal.get %1\n\tlocal.get %2\n\tmemory.copy 0, 0"
                : : "r"(to), "r"(from), "r"(n) : "memory");
    }
    else {
        v128_t tail = LOAD16(from, n - 16);
        size_t i = 0;
        do {
            v128_t a = LOAD16(from, i), b = LOAD16(from, i + 16);
            STORE16(to, i, a);
            STORE16(to, i + 16, b);
            i += 32;
        } while (i + 32 <= n);
        if (i + 16 <= n) {
            STORE16(to, i, LOAD16(from, i));
        }
        STORE16(to, n - 16, tail);
    }
    return to;
}

void *
memmove(void *to, const void *from, size_t n)
{
    if (n <= 32) {
        move_small(to, from, n);
    }
    else if (n >= BULK_FROM) {
        __asm__("local.get %0\n\tlocal.get %1\n\tlocal.get %2\n\tmemory.copy 0, 0"
                : : "r"(to), "r"(from), "r"(n) : "memory");
    }
    else if ((uintptr_t)to - (uintptr_t)from >= n) {
        /* Forwards is safe: `to` lies before `from` or behind its end. */
        v128_t tail = LOAD16(from, n - 16);
        for (size_t i = 0; i + 16 < n; i += 16) {
            STORE16(to, i, LOAD16(from, i));
        }
        STORE16(to, n - 16, tail);
    }
    else {
        v128_t head = LOAD16(from, 0);
        for (size_t i = n; i > 16; i -= 16) {
            STORE16(to, i - 16, LOAD16(from, i - 16));
        }
        STORE16(to, 0, head);
    }
    return to;
}

void *
memset(void *to, int value, size_t n)
{
    v128_t pattern = wasm_i8x16_splat((int8_t)value);
    if (n >= 16) {
        if (n >= BULK_FROM) {
            __asm__("local.get %0\n\tlocal.get %1\n\tlocal.get %2\n\tmemory.fill 0"
                    : : "r"(to), "r"(value), "r"(n) : "memory");
            return to;
        }
        for (size_t i = 0; i + 16 < n; i += 16) {
            STORE16(to, i, pattern);
        }
        STORE16(to, n - 16, pattern);
        return to;
    }
    uint64_t word = wasm_u64x2_extract_lane(pattern, 0);
    if (n >= 8) {
        AT(u64, to, 0) = word;
        AT(u64, to, n - 8) = word;
    }
    else if (n >= 4) {
        AT(u32, to, 0) = (uint32_t)word;
        AT(u32, to, n - 4) = (uint32_t)word;
    }
    else if (n >= 2) {
        AT(u16, to, 0) = (uint16_t)word;
        AT(u16, to, n - 2) = (uint16_t)word;
    }
    else if (n == 1) {
        *(char *)to = (char)value;
    }
    return to;
}

int
memcmp(const void *left, const void *right, size_t n)
{
    const unsigned char *a = left, *b = right;
    while (n >= 16) {
        uint32_t equal = wasm_i8x16_bitmask(wasm_i8x16_eq(LOAD16(a, 0), LOAD16(b, 0)));
        if (equal != 0xffff) {
            int at = __builtin_ctz(~equal);
            return a[at] - b[at];
        }
        a += 16, b += 16, n -= 16;
    }
    if (n >= 8) {
        uint64_t x = __builtin_bswap64(AT(u64, a, 0)), y = __builtin_bswap64(AT(u64, b, 0));
        if (x != y) {
            return x < y ? -1 : 1;
        }
        a += 8, b += 8, n -= 8;
    }
    for (; n > 0; a++, b++, n--) {
        if (*a != *b) {
            return *a - *b;
        }
    }
    return 0;
}

void *
memchr(const void *where, int value, size_t n)
{
    const unsigned char *p = where;
    v128_t pattern = wasm_i8x16_splat((int8_t)value);
    for (; n >= 16; p += 16, n -= 16) {
        uint32_t hits = wasm_i8x16_bitmask(wasm_i8x16_eq(LOAD16(p, 0), pattern));
        if (hits != 0) {
            return (void *)(p + __builtin_ctz(hits));
        }
    }
    for (; n > 0; p++, n--) {
        if (*p == (unsigned char)value) {
            return (void *)p;
        }
    }
    return NULL;
}

/* Reads whole aligned blocks, which never cross the end of the memory. */
size_t
strlen(const char *text)
{
    const char *p = (const char *)((uintptr_t)text & ~(uintptr_t)15);
    const v128_t zero = wasm_i8x16_splat(0);
    uint32_t hits = wasm_i8x16_bitmask(wasm_i8x16_eq(wasm_v128_load(p), zero)) >> (text - p);
    if (hits != 0) {
        return __builtin_ctz(hits);
    }
    do {
        p += 16;
        hits = wasm_i8x16_bitmask(wasm_i8x16_eq(wasm_v128_load(p), zero));
    } while (hits == 0);
    return p - text + __builtin_ctz(hits);
}
