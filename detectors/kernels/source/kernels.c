/* All kernels, as one unit. Python's side is `library.py`; each file says whose loops it holds. */

#include "array.h"
#include "numbers.h"

#include "baseline.h"

#include "cohort.h"
#include "evidence.h"
#include "focus.h"
#include "rate.h"
#include "week.h"

void *address(Array *x) { return x->data; }

/* The functions of `numbers.h`, for tests and tables. */
int apply(i8 which, Array *x, Array *out)
{
    i8 n = elements(x);
    GET(x, n) ; TAKE(out, n);
    for (i8 i = 0; i < n; i++)
        out_[i] = which == 0 ? ln(x_[i]) : which == 1 ? ex(x_[i]) : which == 2 ? ln_1p(x_[i])
            : ln_gamma(x_[i]);
    return 0;
}
