/* What the bulk of the rows did in a bucket, by how long each has been seen: `FactorFinder`,
   `Tenure`, which say what each line is for. */

enum { PROVEN_MARK = 6, OF_BULK = 7, OF_KEPT = 4, MOST_KEPT = 4096 };

/* Takes a bucket into the marks: twice the days on which a row counted, at most three, and whether
   today is one of them. */
KERNEL(mark_days, 3)
{
    ARRAY(marks); ARRAY(x); WHOLE(new_day);
    i8 n = elements(x), all = elements(marks);
    TAKE_SMALL(marks, n) ; GET(x, n);
    for (i8 i = 0; new_day && i < all; i++)
        marks_[i] &= ~1;
    for (i8 i = 0; i < n; i++)
        if (x_[i] > 0.0 && !(marks_[i] & 1))
            marks_[i] = marks_[i] < PROVEN_MARK ? marks_[i] + 3 : marks_[i] | 1;
    return DONE;
}

/* How far a row is proven, from 0 to 1. */
static inline f8 standing_of(f4 since, int8_t mark, f8 now, f8 least_age, f8 full_age)
{
    f8 age = now - (f8)since;
    if (mark < PROVEN_MARK || age < least_age)
        return 0.0;
    f8 part = smaller(age / full_age, 1.0);
    return part * part;
}

/* What each row may teach all others: as much as ever if it is proven at all, else `trust`. */
KERNEL(trusts, 6)
{
    ARRAY(since); ARRAY(marks); NUMBER(now); NUMBER(least_age); NUMBER(trust); ARRAY(out);
    i8 n = elements(out);
    TAKE_F4(since, n) ; TAKE_SMALL(marks, n) ; TAKE(out, n);
    for (i8 i = 0; i < n; i++)
        out_[i] = standing_of(since_[i], marks_[i], now, least_age, 1.0) > 0.0 ? 1.0 : trust;
    return DONE;
}

/* Adds what some rows counted, and what was expected of them, to `out`: counted and expected of the
   sparse, expected and counted of the busy, all as far as they are proven; counted and expected of
   the rest; expected of the busy proven, as far as they have not ended (`off`). Of the busy proven
   rows a sample is kept, `size` numbers of each kind, evenly spread: when it is full, every other
   one leaves. `kept`: how many, how many were met, one in how many. */
KERNEL(add_bulk, 36)
{
    WHOLE(start); WHOLE(stop); ARRAY(x); ARRAY(exposures); NUMBER(exposure); KNOWN_ARGUMENTS;
    ARRAY(since); ARRAY(marks); NUMBER(now); NUMBER(least_age); NUMBER(full_age); NUMBER(sparse);
    NUMBER(off); WHOLE(size); ARRAY(sample); ARRAY(kept); ARRAY(out);
    READ_KNOWN;
    i8 each = elements(exposures) > 0;
    GET(x, stop) ; GET(exposures, each ? stop : 0);
    TAKE_F4(since, stop) ; TAKE_SMALL(marks, stop) ; TAKE(sample, OF_KEPT * size);
    TAKE_INTS(kept, 3) ; TAKE(out, OF_BULK);
    if (start < 0 || stop > have)
        return REFUSED;
    for (i8 i = start; i < stop; i++) {
        f8 own = each ? exposures_[i] : exposure, counted, due;
        Expected found = expected_of(&known, i, own);
        f8 m = found.mean;
        f8 proven = standing_of(since_[i], marks_[i], now, least_age, full_age);
        int busy = m >= sparse;
        if (busy) {
            f8 counts_as = smaller(1.0, 3.0 / m), deviation = root(m + m * m / found.a);
            counted = counts_as * smaller(x_[i], m + 3.0 * deviation);
            due = counts_as * m;
        } else {
            counted = smaller(x_[i], 3.0);
            due = capped_at_3(found.a, found.b, own);
        }
        out_[busy ? 3 : 0] += proven * counted;
        out_[busy ? 2 : 1] += proven * due;
        out_[4] += (1.0 - proven) * counted;
        out_[5] += (1.0 - proven) * due;
        if (!busy || proven <= 0.0)
            continue;
        f8 none = ex(found.a * ln(found.a / (found.a + m))), ended = off / (none + off);
        out_[6] += proven * due * (1.0 - ended * ((x_[i] == 0.0 ? 1.0 : 0.0) - none));
        if (kept_[1]++ % kept_[2])
            continue;
        if (kept_[0] == size) {
            for (i8 k = 0; k < size / 2; k++)
                for (i8 j = 0; j < OF_KEPT; j++)
                    sample_[j * size + k] = sample_[j * size + 2 * k];
            kept_[0] = size / 2;
            kept_[2] *= 2;
        }
        f8 of_row[OF_KEPT] = {found.a, m, x_[i], proven * due};
        for (i8 j = 0; j < OF_KEPT; j++)
            sample_[j * size + kept_[0]] = of_row[j];
        kept_[0]++;
    }
    return python.build(
        "ddddddd", out_[0], out_[1], out_[2], out_[3], out_[4], out_[5], out_[6]
    );
}

/* P(X < x) + P(X = x)/2 of a negative binomial of shape a and mean a q / p, `at` = P(X = x). By the continued fraction of the incomplete beta function. */
static inline f8 middle_chance(f8 a, f8 p, f8 q, f8 x, f8 at)
{
    int below = p < (a + 1.0) / (a + x + 3.0);
    f8 s = below ? a : x + 1.0, t = below ? x + 1.0 : a, z = below ? p : q;
    f8 up = 1.0, down = 1.0 / larger(1.0 - (s + t) * z / (s + 1.0), 1e-30), value = down;
    for (int k = 1; k < 300; k++) {
        f8 j = s + 2.0 * k, even = k * (t - k) * z / ((j - 1.0) * j);
        f8 odd = -(s + k) * (s + t + k) * z / (j * (j + 1.0));
        down = 1.0 / (1.0 + even * down);
        up = 1.0 + even / up;
        value *= down * up;
        down = 1.0 / (1.0 + odd * down);
        up = 1.0 + odd / up;
        f8 change = down * up;
        value *= change;
        if (change > 1.0 - 1e-7 && change < 1.0 + 1e-7)
            break;
    }
    f8 side = at * q * (a + x) * value / s;
    return (below ? side : 1.0 - side) - 0.5 * at;
}

static inline f8 front_of(f8 a, f8 x) { return ln_gamma(a + x) - ln_gamma(a) - ln_gamma(x + 1.0); }

KERNEL(middle_chances, 4)
{
    ARRAY(a); ARRAY(mean); ARRAY(x); ARRAY(out);
    i8 n = elements(x);
    GET(a, n) ; GET(mean, n) ; GET(x, n) ; TAKE(out, n);
    for (i8 i = 0; i < n; i++) {
        f8 p = a_[i] / (a_[i] + mean_[i]), q = mean_[i] / (a_[i] + mean_[i]);
        f8 at = ex(front_of(a_[i], x_[i]) + a_[i] * ln(p) + x_[i] * ln(q));
        out_[i] = middle_chance(a_[i], p, q, x_[i], at);
    }
    return DONE;
}

/* By how much the counts of the sample are high, were this the factor. A row may have ended, with the
   chance `off`: so far its silence says nothing, and on average this adds nothing. */
static f8 imbalance(i8 n, i8 size, const f8 *sample, const f8 *fronts, f8 off, f8 log_factor)
{
    const f8 *shape = sample, *mean = shape + size, *x = mean + size, *weight = x + size;
    f8 factor = ex(log_factor), sum = 0.0;
    for (i8 i = 0; i < n; i++) {
        f8 a = shape[i], m = mean[i] * factor, p = a / (a + m), q = m / (a + m), log_none = a * ln(p);
        f8 none = ex(log_none), ended = off / (none + off), low = 0.5 * (none - 1.0), high;
        if (x[i] == 0.0)
            high = (1.0 - ended) * low;
        else
            high = middle_chance(a, p, q, x[i], ex(fronts[i] + log_none + x[i] * ln(q))) - 0.5;
        sum += weight[i] * (high + ended * none * low);
    }
    return sum;
}

/* The logarithm of the factor at which the counts of the sample are as high as low, at most `most`
   away from 0: the next one to 0. */
KERNEL(balance, 6)
{
    WHOLE(size); WHOLE(n); ARRAY(sample); NUMBER(off); NUMBER(most); NUMBER(close_by);
    TAKE(sample, OF_KEPT * size);
    if (n > size || n > MOST_KEPT)
        return REFUSED;
    f8 fronts[MOST_KEPT];
    for (i8 i = 0; i < n; i++)
        fronts[i] = front_of(sample_[i], sample_[2 * size + i]);
    f8 at = 0.0, high = imbalance(n, size, sample_, fronts, off, at), step = high > 0.0 ? 0.25 : -0.25;
    f8 before = at, before_high = high;
    /* From 0 outwards until the sign changes. */
    while ((high > 0.0) == (before_high > 0.0)) {
        before = at;
        before_high = high;
        if (at >= most || at <= -most)
            return python.of_number(at);
        at = larger(smaller(at + step, most), -most);
        step *= 2.0;
        high = imbalance(n, size, sample_, fronts, off, at);
    }
    /* By the chord; of an end that stays, half the height. */
    for (int k = 0; k < 40 && high != before_high; k++) {
        f8 next = at - high * (at - before) / (high - before_high), moved = next - at;
        f8 found = imbalance(n, size, sample_, fronts, off, next);
        if ((found > 0.0) == (high > 0.0)) {
            before_high *= 0.5;
        } else {
            before = at;
            before_high = high;
        }
        at = next;
        high = found;
        if (moved < close_by && moved > -close_by)
            break;
    }
    return python.of_number(at);
}
