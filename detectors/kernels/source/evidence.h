/* Evidence of bursts: `Evidence` and `shiryaev_roberts.step`, which say what each line is for. */

enum { CHUNK = 64, MOST_ALTERNATIVES = 32 };
#define CEILING_NATS 250.0

/* Shares of the budget, before dividing by the mean share; returns the sum of those judged. */
static inline f8 share_of(f8 mean, f8 exposure, f8 least, f8 half)
{
    f8 of_one = mean / exposure;
    return (of_one + least) / (of_one + half);
}

KERNEL(shares, 6)
{
    ARRAY(mean); ARRAY(exposures); NUMBER(exposure); NUMBER(least); NUMBER(half); ARRAY(out);
    i8 n = elements(mean), each = elements(exposures) > 0;
    GET(mean, n) ; GET(exposures, each ? n : 0) ; TAKE(out, n);
    f8 sum = 0.0;
    for (i8 i = 0; i < n; i++)
        sum += out_[i] = share_of(mean_[i], each ? exposures_[i] : exposure, least, half);
    return python.of_number(sum);
}

static inline void ratio_gains(i8 n, f8 ratio, const f8 *a, const f8 *b, const f8 *x, const f8 *e,
    f8 *gain)
{
    f8 log_ratio = ln(ratio);
    for (i8 i = 0; i < n; i++) {
        f8 part = ln((b[i] + e[i]) / (b[i] + ratio * e[i]));
        gain[i] = a[i] * part + x[i] * (part + log_ratio);
    }
}

static inline void level_gains(i8 n, const f8 *levels, i8 how_many, const f8 *a, const f8 *b,
    const f8 *x, const f8 *e, f8 gains[][CHUNK])
{
    f8 mean[CHUNK], calm[CHUNK], against[CHUNK], odds[CHUNK];
    for (i8 i = 0; i < n; i++) {
        mean[i] = e[i] * a[i] / b[i];
        calm[i] = a[i] * ln_1p(e[i] / b[i]);
    }
    for (i8 i = 0; i < n; i++) {
        if (x[i] <= 0.0)
            continue;
        against[i] = ln(mean[i] / (a[i] + mean[i]));
        /* The alternative's shape is 1 here: its part is the factorial. */
        odds[i] = 0.0;
        if (a[i] < 1.0)
            odds[i] = ln_gamma(x[i] + 1.0) - ln_gamma(x[i] + a[i]) + ln_gamma(a[i]);
    }
    for (i8 k = 0; k < how_many; k++) {
        f8 ratio = levels[2 * k], level = levels[2 * k + 1];
        for (i8 i = 0; i < n; i++) {
            f8 raised = ratio * mean[i] + level, shape = larger(a[i], 1.0);
            gains[k][i] = calm[i] - shape * ln_1p(raised / shape);
        }
        for (i8 i = 0; i < n; i++) {
            if (x[i] <= 0.0)
                continue;
            f8 raised = ratio * mean[i] + level, shape = larger(a[i], 1.0);
            gains[k][i] += x[i] * (ln(raised / (shape + raised)) - against[i]);
            gains[k][i] += odds[i];
        }
    }
}

/* Sums of a bank, an alternative after the other, and the alternatives. */
typedef struct {
    i8 have, all, of_ratios, of_levels;
    f8 *r;
    const f8 *ratios, *levels;
    f8 mean_share, most;
} Sums;

#define SUMS_ARGUMENTS WHOLE(columns); ARRAY(r); ARRAY(ratios); ARRAY(levels); NUMBER(mean_share)

#define READ_SUMS                                                                           \
    i8 of_ratios = elements(ratios), of_levels = elements(levels) / 2;                      \
    i8 alternatives = of_ratios + of_levels;                                                \
    TAKE(r, alternatives * columns) ; GET(ratios, of_ratios) ; GET(levels, 2 * of_levels);  \
    Sums sums = {columns, alternatives, of_ratios, of_levels, r_, ratios_, levels_,         \
        mean_share, ex(CEILING_NATS)};                                                      \
    if (columns < 0 || alternatives > MOST_ALTERNATIVES)                                    \
        return REFUSED

/* What a few rows are judged by. */
typedef struct { f8 share[CHUNK], a[CHUNK], b[CHUNK], x[CHUNK], e[CHUNK]; } Chunk;

/* Takes the counts of a few rows in: columns named by `rows`, or neighbours from `start` on. */
static inline void step_chunk(const Sums *to, const Chunk *of, const i8 *rows, i8 start, i8 size,
    int anew, int update, f8 *out)
{
    f8 gains[MOST_ALTERNATIVES][CHUNK], top[CHUNK], held[CHUNK], total[CHUNK], raised[CHUNK];
    for (i8 k = 0; k < to->of_ratios; k++)
        ratio_gains(size, to->ratios[k], of->a, of->b, of->x, of->e, gains[k]);
    if (to->of_levels)
        level_gains(size, to->levels, to->of_levels, of->a, of->b, of->x, of->e,
            gains + to->of_ratios);
    /* A count of zero gives only negative gains; the largest is taken out before ex. */
    for (i8 i = 0; i < size; i++)
        top[i] = total[i] = 0.0;
    for (i8 k = 0; k < to->all; k++)
        for (i8 i = 0; i < size; i++)
            top[i] = larger(top[i], gains[k][i]);
    for (i8 i = 0; i < size; i++)
        held[i] = top[i] > 0.0 ? ex(smaller(top[i], CEILING_NATS)) : 1.0;
    for (i8 k = 0; k < to->all; k++) {
        f8 *of_alternative = to->r + k * to->have, *neighbours = of_alternative + start;
        for (i8 i = 0; i < size; i++)
            raised[i] = of->share[i] / to->mean_share;
        for (i8 i = 0; !anew && i < size; i++)
            raised[i] += rows ? of_alternative[rows[i]] : neighbours[i];
        for (i8 i = 0; i < size; i++) {
            raised[i] *= ex(gains[k][i] - top[i]);
            total[i] += raised[i];
        }
        for (i8 i = 0; update && i < size; i++)
            neighbours[i] = smaller(raised[i] * held[i], to->most);
    }
    for (i8 i = 0; i < size; i++)
        out[i] = top[i] + ln(total[i] / (f8)to->all);
}

/* Evidence of counts: of columns named by `rows`, or of neighbours, which may take it in. */
KERNEL(step, 17)
{
    ARRAY(rows); WHOLE(start); WHOLE(n); WHOLE(anew); WHOLE(update); ARRAY(share); ARRAY(a);
    ARRAY(b); ARRAY(x); ARRAY(exposures); NUMBER(exposure); SUMS_ARGUMENTS; ARRAY(out);
    READ_SUMS;
    int indexed = elements(rows) > 0, each = elements(exposures) > 0;
    GET_INTS(rows, indexed ? n : 0) ; GET(share, n) ; GET(a, n) ; GET(b, n) ; GET(x, n);
    GET(exposures, each ? n : 0) ; TAKE(out, n);
    if (start < 0 || (!indexed && start + n > columns) || (indexed && update))
        return REFUSED;
    for (i8 i = 0; indexed && i < n; i++)
        if (rows_[i] < 0 || rows_[i] >= columns)
            return REFUSED;
    for (i8 at = 0; at < n; at += CHUNK) {
        i8 size = n - at < CHUNK ? n - at : CHUNK;
        Chunk of;
        for (i8 i = 0; i < size; i++) {
            of.share[i] = share_[at + i];
            of.a[i] = a_[at + i];
            of.b[i] = b_[at + i];
            of.x[i] = x_[at + i];
            of.e[i] = each ? exposures_[at + i] : exposure;
        }
        step_chunk(&sums, &of, indexed ? rows_ + at : NULL, start + at, size, anew, update,
            out_ + at);
    }
    return DONE;
}

/* Begins the sums of a few neighbours anew where they are flagged, or not flagged. */
static inline void begin_anew(const Sums *of, i8 start, i8 size, const uint8_t *flags, int flagged)
{
    for (i8 i = 0; i < size; i++)
        for (i8 k = 0; flags[i] == flagged && k < of->all; k++)
            of->r[k * of->have + start + i] = 0.0;
}

/* Judges neighbouring rows of a bank by what is known of each; the arrays go by row. Gives the sum of
   their shares, how many reach the limit, and how many count. */
KERNEL(judge, 37)
{
    WHOLE(start); WHOLE(n); ARRAY(x); ARRAY(alarmed); ARRAY(exposures); NUMBER(exposure);
    KNOWN_ARGUMENTS; SUMS_ARGUMENTS; NUMBER(least); NUMBER(half); NUMBER(limit); ARRAY(nats);
    ARRAY(due); ARRAY(factor);
    READ_KNOWN;
    READ_SUMS;
    i8 stop = start + n, over = 0, active = 0, each = elements(exposures) > 0;
    GET(x, stop) ; GET_FLAGS(alarmed, stop) ; GET(exposures, each ? stop : 0);
    TAKE(nats, stop) ; TAKE(due, stop) ; TAKE(factor, stop);
    if (start < 0 || stop > have || stop > columns)
        return REFUSED;
    f8 total = 0.0;
    for (i8 at = start; at < stop; at += CHUNK) {
        i8 size = stop - at < CHUNK ? stop - at : CHUNK;
        Chunk of;
        for (i8 i = 0; i < size; i++) {
            f8 own = each ? exposures_[at + i] : exposure;
            Expected found = expected_of(&known, at + i, own);
            total += of.share[i] = share_of(found.mean, own, least, half);
            of.a[i] = found.a;
            of.b[i] = found.b;
            of.x[i] = x_[at + i];
            of.e[i] = own;
            due_[at + i] = found.mean;
            factor_[at + i] = found.factor;
        }
        step_chunk(&sums, &of, NULL, at, size, 0, 1, nats_ + at);
        begin_anew(&sums, at, size, alarmed_ + at, 1);
        for (i8 i = 0; i < size; i++) {
            over += nats_[at + i] >= limit;
            active += x_[at + i] > 0.0;
        }
    }
    return python.build("dLL", total, (long long)over, (long long)active);
}
