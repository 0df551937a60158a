/* The frozen standard library: one blob (made by tools/freeze.py) and the table that indexes it.
 * Holding it in the binary means that no file has to be read to import it, and that modules
 * imported at snapshot time cost a run nothing. */
#include <Python.h>

static const unsigned char frozen_blob[] = {
#embed "frozen.bin"
};

const struct _frozen belljar_frozen_modules[] = {
#include "frozen_table.h"
    {NULL, NULL, 0, 0},
};
