/* All kernels, as one unit. Python's side is `library.py`; each file says whose loops it holds. */

#include "call.h"
#include "array.h"
#include "numbers.h"

#include "week.h"
#include "baseline.h"
#include "cohort.h"
#include "factor.h"
#include "evidence.h"
#include "focus.h"
#include "rate.h"
#include "arrivals.h"

enum { MOST_CELLS = 6 * 1024 };

/* `Divisibility`: how many entities of each cell counted, and how many counts each number divides. */
KERNEL(learn_divisors, 6)
{
    ARRAY(cells); ARRAY(counts); ARRAY(divisors); NUMBER(keep); ARRAY(seen); ARRAY(divided);
    i8 n = elements(cells), size = elements(seen), many = elements(divisors);
    GET_INTS(cells, n) ; GET(counts, n) ; GET_INTS(divisors, many) ; TAKE_F4(seen, size);
    TAKE_F4(divided, many * size);
    int32_t new[MOST_CELLS] = {0};
    f4 kept = (f4)keep;
    if ((many + 1) * size > MOST_CELLS)
        return REFUSED;
    for (i8 i = 0; i < n; i++) {
        if (cells_[i] < 0 || cells_[i] >= size)
            return REFUSED;
        new[cells_[i]]++;
        for (i8 m = 0; m < many; m++)
            if ((i8)counts_[i] % divisors_[m] == 0)
                new[(m + 1) * size + cells_[i]]++;
    }
    for (i8 k = 0; k < size; k++)
        seen_[k] = kept * seen_[k] + (f4)new[k];
    for (i8 k = 0; k < many * size; k++)
        divided_[k] = kept * divided_[k] + (f4)new[size + k];
    return DONE;
}

/* Counts of rows, and the day, and its number among those heard, as those of their last count. */
KERNEL(count_rows, 7)
{
    ARRAY(rows); ARRAY(counts); WHOLE(day); WHOLE(heard); ARRAY(known); ARRAY(last_day);
    ARRAY(last_heard);
    i8 n = elements(rows), all = elements(known);
    GET_INTS(rows, n) ; GET(counts, n) ; TAKE(known, all) ; TAKE_I4(last_day, all);
    TAKE_I4(last_heard, all);
    for (i8 i = 0; i < n; i++) {
        i8 row = rows_[i];
        if (row < 0 || row >= all)
            return REFUSED;
        known_[row] = counts_[i];
        last_day_[row] = (int32_t)day;
        last_heard_[row] = (int32_t)heard;
    }
    return DONE;
}

void *address(const Array *x) { return x->data; }

/* The functions of `numbers.h`, for tests and tables. */
KERNEL(apply, 3)
{
    WHOLE(which); ARRAY(x); ARRAY(out);
    i8 n = elements(x);
    GET(x, n) ; TAKE(out, n);
    for (i8 i = 0; i < n; i++)
        out_[i] = which == 0 ? ln(x_[i]) : which == 1 ? ex(x_[i]) : which == 2 ? ln_1p(x_[i])
            : ln_gamma(x_[i]);
    return DONE;
}
