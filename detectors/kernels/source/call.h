/* How Python calls a kernel: as a function of its own kind, which gets its arguments in an array. It
   needs none of Python's headers and libraries: the functions that it calls are handed in by
   `connect`. They, and the form of `Method`, are part of Python's stable ABI. */

#include <stddef.h>
#include <stdint.h>

typedef double f8;
typedef float f4;
typedef int64_t i8;
typedef void *Call(void *self, void *const *given, intptr_t count);

typedef struct {
    const char *name;
    Call *call;
    int flags;
    const char *doc;
} Method;

enum { FASTCALL = 0x80 };

static struct {
    f8 (*number)(void *);
    long long (*whole)(void *);
    void *(*failed)(void);
    void *(*of_number)(f8);
    void *(*of_whole)(long long);
    void *(*build)(const char *, ...);
    void *(*complain)(void *, const char *, ...);
    void *fault, *array;
} python;

/* In the order of the fields above; the last two are the kind of error, and NumPy's arrays. Gives 0
   if there are as many as must be. */
int connect(const void *functions, int size)
{
    if (size != sizeof python)
        return 1;
    __builtin_memcpy(&python, functions, sizeof python);
    return 0;
}

#define REFUSED python.complain(python.fault, \
    "%s, line %d refuses an array of another kind or length", __FILE_NAME__, __LINE__)
#define DONE python.of_whole(0)

/* A kernel, with its number of arguments: it gives a number or two, 0 where it has none to give. */
#define KERNEL(name, arguments)                                              \
    static void *name##_body(void *const *given);                            \
    static void *name(void *self, void *const *given, intptr_t count)        \
    {                                                                        \
        (void)self;                                                          \
        return count == arguments ? name##_body(given) : REFUSED;            \
    }                                                                        \
    Method name##_kernel = {#name, name, FASTCALL, NULL};                    \
    static void *name##_body(void *const *given)

/* The next argument. */
#define ARRAY(x)                                     \
    const Array *x = *given++;                       \
    if (x->type != python.array)                     \
        return REFUSED
#define READ(type, from, x)                          \
    type x = python.from(*given++);                  \
    if (x == (type)-1 && python.failed())            \
        return NULL
#define WHOLE(x) READ(i8, whole, x)
#define NUMBER(x) READ(f8, number, x)
