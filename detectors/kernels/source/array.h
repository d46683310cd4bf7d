/* NumPy's arrays, as NumPy's own inline functions read them: PyArrayObject_fields of the C API, which
   is the same for all versions 2. A kernel takes an array only if it is contiguous, holds the right
   kind of number, and has at least the elements that will be read or written. */

typedef struct {
    intptr_t references;
    void *type;
    void *scalar;
    char kind, letter, order, flags;
    int number;
} Descr;

typedef struct {
    intptr_t references;
    void *type;
    char *data;
    int dimensions;
    intptr_t *shape, *strides;
    void *base;
    Descr *descr;
    int flags;
} Array;

enum { CONTIGUOUS = 0x1, ALIGNED = 0x100, WRITEABLE = 0x400 };
enum { BOOLS = '?', SMALL = 'b', I4 = 'i', F4 = 'f', F8 = 'd', I8 = 'l' };

static inline i8 elements(const Array *a)
{
    i8 n = 1;
    for (int k = 0; k < a->dimensions; k++)
        n *= a->shape[k];
    return n;
}

/* NumPy calls 64-bit integers l or q, whichever C's long is. */
static inline int is_kind(const Array *a, int kind)
{
    int letter = a->descr->letter;
    return letter == kind || (kind == I8 && sizeof(long) < 8 && letter == 'q');
}

static inline void *taken(const Array *a, int kind, i8 least, int flags)
{
    int good = (a->flags & flags) == flags && is_kind(a, kind) && elements(a) >= least;
    return good ? a->data : NULL;
}

/* TAKE(x, n) makes `x_`, the numbers of the array `x`, which must have n; GET only reads them. An
   argument that may be left out is an array without elements. */
#define POINTER(type, kind, x, least, flags)                \
    type *x##_ = taken(x, kind, least, ALIGNED | (flags));  \
    if (!x##_)                                              \
        return REFUSED
#define GET(x, least) POINTER(const f8, F8, x, least, CONTIGUOUS)
#define TAKE(x, least) POINTER(f8, F8, x, least, CONTIGUOUS | WRITEABLE)
#define GET_FLAGS(x, least) POINTER(const uint8_t, BOOLS, x, least, CONTIGUOUS)
#define GET_INTS(x, least) POINTER(const i8, I8, x, least, CONTIGUOUS)
#define TAKE_INTS(x, least) POINTER(i8, I8, x, least, CONTIGUOUS | WRITEABLE)
#define TAKE_F4(x, least) POINTER(f4, F4, x, least, CONTIGUOUS | WRITEABLE)
#define TAKE_I4(x, least) POINTER(int32_t, I4, x, least, CONTIGUOUS | WRITEABLE)
#define TAKE_SMALL(x, least) POINTER(int8_t, SMALL, x, least, CONTIGUOUS | WRITEABLE)
#define TAKE_FLAGS(x, least) POINTER(uint8_t, BOOLS, x, least, CONTIGUOUS | WRITEABLE)
