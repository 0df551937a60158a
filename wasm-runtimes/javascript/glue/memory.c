/* The engine's allocator: libc's, with two additions. Memory freed while the snapshot is made is
 * wiped, because what is not zero is written into it. And a reserve is given up when the engine
 * throws for want of memory, so that the error can be made, caught and reported. */
#include <stdlib.h>
#include <string.h>
#include <malloc.h>

#include "guest.h"

enum { RESERVE = 256 << 10 };
/* What libc's allocator aborts on instead of refusing it, because its end, rounded up, would be
 * beyond 2 GiB. */
static const size_t MOST = (2u << 30) - (1 << 20);

static bool initialising = true;
static void *reserve;

static void wipe(void *block)
{
    /* Volatile: the compiler knows that nobody reads what is about to be freed. */
    volatile uint8_t *bytes = block;
    for (size_t left = malloc_usable_size(block); left > 0; left--) {
        *bytes++ = 0;
    }
}

void belljar_give_up_reserve(void)
{
    free(reserve);
    reserve = NULL;
}

static void *guest_malloc(void *opaque, size_t size)
{
    return size <= MOST ? malloc(size) : NULL;
}

static void *guest_calloc(void *opaque, size_t count, size_t size)
{
    return size == 0 || count <= MOST / size ? calloc(count, size) : NULL;
}

static void guest_free(void *opaque, void *block)
{
    if (initialising && block != NULL) {
        wipe(block);
    }
    bool large = reserve == NULL && !initialising && block != NULL && malloc_usable_size(block) >= RESERVE;
    free(block);
    if (large) {
        reserve = malloc(RESERVE);
    }
}

static void *guest_realloc(void *opaque, void *block, size_t size)
{
    if (initialising && block != NULL) {
        void *moved = malloc(size);
        size_t old = malloc_usable_size(block);
        if (moved != NULL) {
            memcpy(moved, block, old < size ? old : size);
            wipe(block);
            free(block);
        }
        return moved;
    }
    return size <= MOST ? realloc(block, size) : NULL;
}

static size_t guest_usable_size(const void *block)
{
    return malloc_usable_size((void *)block);
}

/* Takes what was freed between the snapshot's objects out of circulation. What a program allocates
 * would otherwise be strewn over all of the snapshot, and each page it touches costs a fault. */
static void fill_holes(void)
{
    enum { LARGEST = 64 << 10, SMALLEST = 8, BEYOND_ANY_HOLE = 1 << 20 };
    uint8_t *top = malloc(BEYOND_ANY_HOLE);
    if (top == NULL) {
        return;
    }
    free(top);
    for (size_t size = LARGEST; size >= SMALLEST; size -= size > 1024 ? size / 16 & ~7u : 8) {
        uint8_t *block;
        while ((block = malloc(size)) != NULL && block < top) {
        }
        free(block);
    }
}

void memory_end_of_initialisation(void)
{
    initialising = false;
    fill_holes();
    reserve = malloc(RESERVE);
}

const JSMallocFunctions guest_memory = {
    guest_calloc, guest_malloc, guest_free, guest_realloc, guest_usable_size,
};
