/* Evidence of bursts: `Evidence` and `shiryaev_roberts.step`, which say what each line is for. */

enum { CHUNK = 64, MOST_ALTERNATIVES = 32 };
#define CEILING_NATS 250.0

/* Shares of the budget, before dividing by the mean share; returns the sum of those judged. */
KERNEL(shares, 7)
{
    ARRAY(mean); ARRAY(exposures); NUMBER(exposure); NUMBER(least); NUMBER(half); ARRAY(judged);
    ARRAY(out);
    i8 n = elements(mean), each = elements(exposures) > 0, some = elements(judged) > 0;
    GET(mean, n) ; GET(exposures, each ? n : 0) ; GET_FLAGS(judged, some ? n : 0) ; TAKE(out, n);
    f8 sum = 0.0;
    for (i8 i = 0; i < n; i++) {
        f8 of_one = mean_[i] / (each ? exposures_[i] : exposure);
        out_[i] = (of_one + least) / (of_one + half);
        if (!some || judged_[i])
            sum += out_[i];
    }
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

/* The columns of `r` are rows of a bank: those named by `rows`, or neighbours from `start` on. */
KERNEL(step, 17)
{
    WHOLE(have); ARRAY(r); ARRAY(rows); WHOLE(start); WHOLE(n); WHOLE(anew); WHOLE(update);
    ARRAY(share); NUMBER(mean_share); ARRAY(a); ARRAY(b); ARRAY(x); ARRAY(exposures);
    NUMBER(exposure); ARRAY(ratios); ARRAY(levels); ARRAY(out);
    i8 of_ratios = elements(ratios), of_levels = elements(levels) / 2, all = of_ratios + of_levels;
    int indexed = elements(rows) > 0, each = elements(exposures) > 0;
    GET_INTS(rows, indexed ? n : 0) ; GET(share, n) ; GET(a, n) ; GET(b, n) ; GET(x, n);
    GET(exposures, each ? n : 0) ; GET(ratios, of_ratios) ; GET(levels, 2 * of_levels);
    TAKE(r, all * have) ; TAKE(out, n);
    if (all > MOST_ALTERNATIVES || start < 0 || (!indexed && start + n > have))
        return REFUSED;
    f8 gains[MOST_ALTERNATIVES][CHUNK], top[CHUNK], held[CHUNK], total[CHUNK], e[CHUNK];
    f8 raised[CHUNK], most = ex(CEILING_NATS);
    for (i8 at = 0; at < n; at += CHUNK) {
        i8 size = n - at < CHUNK ? n - at : CHUNK;
        const f8 *of_a = a_ + at, *of_b = b_ + at, *of_x = x_ + at;
        for (i8 i = 0; i < size; i++)
            e[i] = each ? exposures_[at + i] : exposure;
        for (i8 k = 0; k < of_ratios; k++)
            ratio_gains(size, ratios_[k], of_a, of_b, of_x, e, gains[k]);
        if (of_levels)
            level_gains(size, levels_, of_levels, of_a, of_b, of_x, e, gains + of_ratios);
        /* A count of zero gives only negative gains; the largest is taken out before ex. */
        for (i8 i = 0; i < size; i++)
            top[i] = total[i] = 0.0;
        for (i8 k = 0; k < all; k++)
            for (i8 i = 0; i < size; i++)
                top[i] = larger(top[i], gains[k][i]);
        for (i8 i = 0; i < size; i++)
            held[i] = ex(smaller(top[i], CEILING_NATS));
        for (i8 k = 0; k < all; k++) {
            f8 *of_r = r_ + k * have + start + at;
            for (i8 i = 0; i < size; i++)
                raised[i] = share_[at + i] / mean_share;
            if (!anew && indexed) {
                for (i8 i = 0; i < size; i++) {
                    if (rows_[at + i] < 0 || rows_[at + i] >= have)
                        return REFUSED;
                    raised[i] += r_[k * have + rows_[at + i]];
                }
            } else if (!anew) {
                for (i8 i = 0; i < size; i++)
                    raised[i] += of_r[i];
            }
            for (i8 i = 0; i < size; i++) {
                raised[i] *= ex(gains[k][i] - top[i]);
                total[i] += raised[i];
            }
            for (i8 i = 0; update && !indexed && i < size; i++)
                of_r[i] = smaller(raised[i] * held[i], most);
        }
        for (i8 i = 0; i < size; i++)
            out_[at + i] = top[i] + ln(total[i] / (f8)all);
    }
    return DONE;
}
