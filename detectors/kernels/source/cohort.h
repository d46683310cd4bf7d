/* What entities learn from each other: `PeerCounts`, `common_factor`, `capped_mean`. */

enum { EXACT = 64, BINS = EXACT + 8 * 40 };

/* Counts below 64 have a bin each; above, eight bins an octave, by the powers 2^(k/8). */
static inline i8 bin_of(f8 x, f8 scale)
{
    static const f8 powers[8] = {1.0, 1.0905077326652577, 1.189207115002721, 1.2968395546510096,
        1.4142135623730951, 1.5422108254079407, 1.681792830507429, 1.8340080864093424};
    f8 scaled = larger(nearest(x / scale), 1.0);
    if (scaled < EXACT)
        return (i8)scaled;
    i8 octaves = octave(scaled), eighths = 0;
    f8 over = of_bits((bits_of(scaled) & 0x000FFFFFFFFFFFFFLL) | 0x3FF0000000000000LL);
    while (eighths < 7 && over >= powers[eighths + 1])
        eighths++;
    return within(EXACT + 8 * (octaves - 6) + eighths, EXACT, BINS - 1);
}

static void pile(const f8 *weights, f8 *at_least)
{
    f8 sum = 0.0;
    for (i8 k = BINS - 1; k >= 0; k--)
        at_least[k] = sum += weights[k];
}

/* -ln p of counts: how many, weighed, were at least as large, but for `itself`, the weight with
   which each count stands among them. Where these are too few, `lacking` more are taken to be as
   those of `others` were. */
KERNEL(rank, 7)
{
    ARRAY(weights); NUMBER(itself); ARRAY(others); NUMBER(lacking);
    ARRAY(x); NUMBER(scale); ARRAY(out);
    i8 n = elements(x);
    GET(weights, BINS) ; GET(others, lacking > 0.0 ? BINS : 0) ; GET(x, n) ; TAKE(out, n);
    f8 at_least[BINS], of_others[BINS] = {0};
    pile(weights_, at_least);
    if (lacking > 0.0)
        pile(others_, of_others);
    for (i8 i = 0; i < n; i++) {
        i8 bin = bin_of(x_[i], scale);
        f8 larger_ones = lacking * ((1.0 + of_others[bin]) / (1.0 + of_others[0]));
        f8 as_large = at_least[bin] - itself, all = at_least[0] - itself;
        out_[i] = -ln((1.0 + as_large + larger_ones) / (1.0 + all + lacking));
    }
    return DONE;
}

/* Fades the weights, and adds the counts above 0 that are not left out; gives their sum, that of them
   capped at 3, and their number. */
KERNEL(learn_ranks, 6)
{
    ARRAY(weights); NUMBER(keep); NUMBER(weight); ARRAY(x); ARRAY(left_out); NUMBER(scale);
    i8 n = elements(x), some = elements(left_out) > 0, number = 0, new[BINS] = {0};
    TAKE(weights, BINS) ; GET(x, n) ; GET_FLAGS(left_out, some ? n : 0);
    f8 sum = 0.0, capped = 0.0;
    for (i8 i = 0; i < n; i++) {
        if (!(x_[i] > 0.0) || (some && left_out_[i]))
            continue;
        number++;
        new[bin_of(x_[i], scale)]++;
        sum += x_[i];
        capped += smaller(x_[i], 3.0);
    }
    for (i8 k = 0; k < BINS; k++)
        weights_[k] = weights_[k] * keep + weight * (f8)new[k];
    return python.build("ddd", sum, capped, (f8)number);
}

KERNEL(fade, 5)
{
    ARRAY(a); ARRAY(b); ARRAY(c); ARRAY(d); NUMBER(keep);
    i8 n = elements(a);
    TAKE(a, n) ; TAKE(b, n) ; TAKE(c, n) ; TAKE(d, n);
    for (i8 i = 0; i < n; i++) {
        a_[i] *= keep;
        b_[i] *= keep;
        c_[i] *= keep;
        d_[i] *= keep;
    }
    return DONE;
}

/* Adds what neighbours counted to their sums since they were new; with an alert a row has none. */
KERNEL(gather, 5)
{
    WHOLE(start); WHOLE(n); ARRAY(learned); ARRAY(alarmed); ARRAY(since);
    i8 stop = start + n;
    GET(learned, stop) ; GET_FLAGS(alarmed, stop) ; TAKE_F4(since, stop);
    if (start < 0)
        return REFUSED;
    for (i8 row = start; row < stop; row++)
        since_[row] += alarmed_[row] ? __builtin_nanf("") : (f4)learned_[row];
    return DONE;
}

static inline f8 capped_at_3(f8 a, f8 b, f8 exposure)
{
    f8 q = exposure / (b + exposure), p0 = ex(-a * ln_1p(exposure / b)), p1 = p0 * a * q;
    f8 p2 = p1 * (a + 1.0) * 0.5 * q;
    return larger(3.0 - 3.0 * p0 - 2.0 * p1 - p2, 0.0);
}

KERNEL(capped_means, 5)
{
    ARRAY(a); ARRAY(b); ARRAY(exposures); NUMBER(exposure); ARRAY(out);
    i8 n = elements(a), each = elements(exposures) > 0;
    GET(a, n) ; GET(b, n) ; GET(exposures, each ? n : 0) ; TAKE(out, n);
    for (i8 i = 0; i < n; i++)
        out_[i] = capped_at_3(a_[i], b_[i], each ? exposures_[i] : exposure);
    return DONE;
}

/* Adds to `out` what the bulk of the rows counted, and what was expected of it. */
KERNEL(bulk, 9)
{
    ARRAY(a); ARRAY(b); ARRAY(mean); ARRAY(x); ARRAY(exposures); NUMBER(exposure); ARRAY(judged);
    NUMBER(sparse); ARRAY(out);
    i8 n = elements(a), each = elements(exposures) > 0, some = elements(judged) > 0;
    GET(a, n) ; GET(b, n) ; GET(mean, n) ; GET(x, n) ; GET(exposures, each ? n : 0);
    GET_FLAGS(judged, some ? n : 0) ; TAKE(out, 2);
    for (i8 i = 0; i < n; i++) {
        if (some && !judged_[i])
            continue;
        f8 m = mean_[i];
        if (m >= sparse) {
            f8 counts_as = smaller(1.0, 3.0 / m), deviation = root(m + m * m / a_[i]);
            out_[0] += counts_as * smaller(x_[i], m + 3.0 * deviation);
            out_[1] += counts_as * m;
        } else {
            out_[0] += smaller(x_[i], 3.0);
            out_[1] += capped_at_3(a_[i], b_[i], each ? exposures_[i] : exposure);
        }
    }
    return DONE;
}
