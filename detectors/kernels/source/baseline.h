/* Posteriors of rates, and what the rows of a bank teach each other: `Baseline`, `Dispersion`,
   `Silence`, which say what each line is for. */

enum { CLASSES = 16, SILENCES = 20 };
#define LEAST_DELTA 0.01
#define MOST_DELTA 100.0

static inline i8 within(i8 x, i8 least, i8 most) { return x < least ? least : x > most ? most : x; }

/* A class is two octaves wide. */
static inline i8 size_class(f8 mean) { return within((octave(mean) + 14) >> 1, 0, CLASSES - 1); }

static inline i8 silence_cell(f8 rate, f8 quiet)
{
    return size_class(rate) * SILENCES + within(octave(1.0 + quiet), 0, SILENCES - 1);
}

/* 1/k of a row with these sums of its own. */
static inline f8 spread_of(f8 mean, f8 v, f8 m, const f8 *delta, f8 own_weight)
{
    f8 own = (own_weight * delta[size_class(mean)] + v) / (own_weight + m);
    return smaller(larger(own, LEAST_DELTA), MOST_DELTA) * (1.0 + 1.0 / mean);
}

static inline f8 ceiling_of(f8 mean, f8 a, const f8 *delta, f8 deviations)
{
    f8 variance = mean + mean * mean / a + delta[size_class(mean)] * mean * (1.0 + mean);
    return mean + deviations * (root(variance) + 1.0);
}

/* What one count adds to the sums V and M. */
static inline void add_sums(f8 mean, f8 a, f8 x, f8 *v, f8 *m)
{
    f8 unknown = mean * mean / a, scale = 1.0 + mean + unknown;
    f8 weight = 1.0 / (scale * scale), miss = x - mean;
    *v = (miss * miss - mean - unknown) * weight;
    *m = mean * (1.0 + mean) * weight;
}

/* Sets a part of the sums and the count of a row aside for its class: V, M, excess, in the tail. */
static inline void teach_class(f8 *sums, f8 mean, f8 v, f8 m, f8 x, f8 part)
{
    f8 *of_class = sums + size_class(mean);
    of_class[0] += part * v;
    of_class[CLASSES] += part * m;
    if (x >= 3.0) {
        of_class[2 * CLASSES] += part * (smaller(x, 10.0) - 3.0);
        of_class[3 * CLASSES] += part;
    }
}

/* What is known of a bank's rows before a bucket, and how unsure it is. */
typedef struct {
    i8 have;
    const f8 *a, *b, *v, *m, *observed, *expected, *last_active, *delta, *silence;
    f8 passed, own_weight, error, cycle, week;
    Week hours;
} Known;

#define KNOWN_ARGUMENTS                                                                        \
    ARRAY(a); ARRAY(b); ARRAY(v); ARRAY(m); ARRAY(observed); ARRAY(expected);                  \
    ARRAY(last_active); NUMBER(passed); ARRAY(delta); NUMBER(own_weight); ARRAY(silence);      \
    NUMBER(error); NUMBER(cycle); NUMBER(week); WEEK_ARGUMENTS

#define READ_KNOWN                                                                             \
    i8 have = elements(a);                                                                     \
    GET(a, have) ; GET(b, have) ; GET(v, have) ; GET(m, have) ; GET(observed, have);           \
    GET(expected, have) ; GET(last_active, have) ; GET(delta, CLASSES);                        \
    GET(silence, CLASSES * SILENCES);                                                          \
    Known known = {have, a_, b_, v_, m_, observed_, expected_, last_active_, delta_, silence_, \
        passed, own_weight, error, cycle, week, {0}};                                          \
    if (!read_week(&known.hours, kinds, hour, have, of_rows, of_all, tables, odds_of))         \
        return REFUSED

typedef struct { f8 a, b, mean, factor; } Expected;

/* The widened posterior of a row, its mean, and how busy the row is in the hour. */
static inline Expected expected_of(const Known *known, i8 row, f8 exposure)
{
    f8 a = known->a[row], factor = 1.0, unsure = 0.0;
    int hourly = known->hours.hour >= 0;
    i8 cell = silence_cell(a / known->b[row], known->passed - known->last_active[row]);
    f8 own = known->b[row] / known->silence[cell];
    own = own * (1.0 + known->expected[row]) / (1.0 + known->observed[row]);
    if (hourly) {
        factor = week_factor(&known->hours, row, &unsure);
        own = own / factor;
    }
    f8 mean = exposure * a / own;
    f8 spread = spread_of(mean, known->v[row], known->m[row], known->delta, known->own_weight);
    spread += known->error;
    spread += known->cycle * larger(1.0 - known->b[row] / known->week, 0.0);
    if (hourly)
        spread += unsure;
    f8 keep = 1.0 / (1.0 + a * spread);
    return (Expected){a * keep, own * keep, mean, factor};
}

KERNEL(predict, 26)
{
    ARRAY(rows); WHOLE(start); WHOLE(n); ARRAY(exposures); NUMBER(exposure); KNOWN_ARGUMENTS;
    ARRAY(out);
    READ_KNOWN;
    int indexed = elements(rows) > 0, each = elements(exposures) > 0;
    GET_INTS(rows, indexed ? n : 0) ; GET(exposures, each ? n : 0) ; TAKE(out, 3 * n);
    if (start < 0 || (!indexed && start + n > have))
        return REFUSED;
    for (i8 i = 0; i < n; i++) {
        i8 row = indexed ? rows_[i] : start + i;
        if (row < 0 || row >= have)
            return REFUSED;
        Expected found = expected_of(&known, row, each ? exposures_[i] : exposure);
        out_[i] = found.a;
        out_[n + i] = found.b;
        out_[2 * n + i] = found.mean;
    }
    return DONE;
}

/* Learns the counts of neighbouring rows; the arrays go by row. `learned` gets the counts as they were
   learned, `plain` what was expected of them without the week's profile. */
KERNEL(learn, 27)
{
    WHOLE(start); WHOLE(n); ARRAY(x); ARRAY(mean); ARRAY(alarmed); ARRAY(factor); ARRAY(stretch);
    ARRAY(trust); NUMBER(exposure); NUMBER(learning); ARRAY(a); ARRAY(b); ARRAY(v); ARRAY(m);
    ARRAY(observed);
    ARRAY(expected); ARRAY(last_active); NUMBER(passed); ARRAY(delta); NUMBER(deviations);
    ARRAY(class_sums); ARRAY(silence); ARRAY(silence_sums); NUMBER(keep); NUMBER(shape);
    ARRAY(learned); ARRAY(plain);
    i8 stop = start + n, stretched = elements(stretch) > 0, doubted = elements(trust) > 0;
    TAKE(a, stop) ; TAKE(b, stop) ; TAKE(v, stop) ; TAKE(m, stop) ; TAKE(observed, stop);
    TAKE(expected, stop) ; TAKE(last_active, stop) ; GET(x, stop) ; GET(mean, stop);
    GET_FLAGS(alarmed, stop) ; GET(factor, stop) ; GET(stretch, stretched ? stop : 0);
    GET(trust, doubted ? stop : 0);
    GET(delta, CLASSES) ; TAKE(class_sums, 4 * CLASSES) ; GET(silence, CLASSES * SILENCES);
    TAKE(silence_sums, 2 * CLASSES * SILENCES) ; TAKE(learned, stop) ; TAKE(plain, stop);
    if (start < 0)
        return REFUSED;
    for (i8 row = start; row < stop; row++) {
        f8 times = factor_[row], due = mean_[row], count = x_[row], add_v, add_m;
        int calm = !alarmed_[row], plain_row = 1;
        if (stretched) {
            plain_row = stretch_[row] == 1.0;
            times = times * stretch_[row];
        }
        f8 seen = smaller(count, ceiling_of(due, a_[row], delta_, deviations));
        add_sums(due, a_[row], seen, &add_v, &add_m);
        f8 rate = a_[row] / b_[row], quiet = passed - last_active_[row];
        f8 own = exposure * times, own_learning = learning * times;
        i8 cell = silence_cell(rate, quiet);
        learned_[row] = seen;
        plain_[row] = due / times;
        if (calm && plain_row) {
            f8 part = doubted ? trust_[row] : 1.0;
            f8 usual = own * rate, weight = part * (3.0 / larger(usual, 3.0));
            teach_class(class_sums_, due, add_v, add_m, count, part);
            silence_sums_[cell] += weight * seen;
            silence_sums_[CLASSES * SILENCES + cell] += weight * usual;
            v_[row] = keep * v_[row] + add_v;
            m_[row] = keep * m_[row] + add_m;
        }
        if (calm) {
            f8 kept = smaller(1.0, keep + (1.0 - keep) * shape / a_[row]);
            f8 new_a = a_[row] * kept + seen, new_b = b_[row] * kept + own_learning;
            /* By the rate as it is known now, and by the exposure itself: see `Baseline.learn`. */
            f8 owed = own * new_a / (new_b - own_learning + own) * silence_[cell];
            a_[row] = new_a;
            b_[row] = new_b;
            observed_[row] = keep * observed_[row] + seen;
            expected_[row] = keep * expected_[row] + owed;
        }
        if (count > 0.0)
            last_active_[row] = passed + learning;
    }
    return DONE;
}

/* Takes in what a bucket taught about the classes, and works out δ of each: `Dispersion`. */
KERNEL(pass_dispersion, 11)
{
    ARRAY(v); ARRAY(m); ARRAY(excess); ARRAY(in_tail); ARRAY(class_sums); NUMBER(keep);
    NUMBER(start_v); NUMBER(start_m); NUMBER(class_weight); WHOLE(sparse); ARRAY(delta);
    TAKE(v, CLASSES) ; TAKE(m, CLASSES) ; TAKE(excess, CLASSES) ; TAKE(in_tail, CLASSES);
    TAKE(class_sums, 4 * CLASSES) ; TAKE(delta, CLASSES);
    f8 all_v = 0.0, all_m = 0.0;
    for (i8 k = 0; k < CLASSES; k++) {
        v_[k] = v_[k] * keep + class_sums_[k];
        m_[k] = m_[k] * keep + class_sums_[CLASSES + k];
        excess_[k] = excess_[k] * keep + class_sums_[2 * CLASSES + k];
        in_tail_[k] = in_tail_[k] * keep + class_sums_[3 * CLASSES + k];
        all_v += v_[k];
        all_m += m_[k];
    }
    for (i8 k = 0; k < 4 * CLASSES; k++)
        class_sums_[k] = 0.0;
    f8 start = larger((all_v + start_v) / (all_m + start_m), LEAST_DELTA) * class_weight;
    for (i8 k = 0; k < CLASSES; k++) {
        f8 share = (v_[k] + start) / (m_[k] + class_weight);
        if (k < sparse)
            share = larger(share, (excess_[k] + start) / (in_tail_[k] + class_weight));
        delta_[k] = smaller(larger(share, LEAST_DELTA), MOST_DELTA);
    }
    return DONE;
}

/* Takes in what a bucket taught about silences, and works out the corrections: `Silence`. */
KERNEL(pass_silence, 6)
{
    ARRAY(seen); ARRAY(due); ARRAY(sums); NUMBER(keep); NUMBER(start); ARRAY(table);
    enum { CELLS = CLASSES * SILENCES };
    TAKE(seen, CELLS) ; TAKE(due, CELLS) ; TAKE(sums, 2 * CELLS) ; TAKE(table, CELLS);
    for (i8 k = 0; k < CELLS; k++) {
        seen_[k] = seen_[k] * keep + sums_[k];
        due_[k] = due_[k] * keep + sums_[CELLS + k];
        sums_[k] = sums_[CELLS + k] = 0.0;
        table_[k] = (seen_[k] + start) / (due_[k] + start);
    }
    return DONE;
}

/* The same for arrays of rows that stand for themselves. */

KERNEL(spreads, 6)
{
    ARRAY(mean); ARRAY(v); ARRAY(m); ARRAY(delta); NUMBER(own_weight); ARRAY(out);
    i8 n = elements(mean);
    GET(mean, n) ; GET(v, n) ; GET(m, n) ; GET(delta, CLASSES) ; TAKE(out, n);
    for (i8 i = 0; i < n; i++)
        out_[i] = spread_of(mean_[i], v_[i], m_[i], delta_, own_weight);
    return DONE;
}

KERNEL(ceilings, 5)
{
    ARRAY(mean); ARRAY(a); ARRAY(delta); NUMBER(deviations); ARRAY(out);
    i8 n = elements(mean);
    GET(mean, n) ; GET(a, n) ; GET(delta, CLASSES) ; TAKE(out, n);
    for (i8 i = 0; i < n; i++)
        out_[i] = ceiling_of(mean_[i], a_[i], delta_, deviations);
    return DONE;
}

KERNEL(sums, 4)
{
    ARRAY(mean); ARRAY(a); ARRAY(x); ARRAY(out);
    i8 n = elements(mean);
    GET(mean, n) ; GET(a, n) ; GET(x, n) ; TAKE(out, 2 * n);
    for (i8 i = 0; i < n; i++)
        add_sums(mean_[i], a_[i], x_[i], out_ + i, out_ + n + i);
    return DONE;
}

KERNEL(teach, 5)
{
    ARRAY(mean); ARRAY(v); ARRAY(m); ARRAY(x); ARRAY(class_sums);
    i8 n = elements(mean);
    GET(mean, n) ; GET(v, n) ; GET(m, n) ; GET(x, n) ; TAKE(class_sums, 4 * CLASSES);
    for (i8 i = 0; i < n; i++)
        teach_class(class_sums_, mean_[i], v_[i], m_[i], x_[i], 1.0);
    return DONE;
}
