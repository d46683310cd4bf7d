/* Complaints, compared with sends: `RateBaseline` and `DelayedSends`. */

/* What is known of a bank's rows before a bucket. */
typedef struct {
    const f8 *a, *b, *v, *m, *delta;
    f8 factor, own_weight, error;
} KnownRate;

#define RATE_ARGUMENTS                                                                      \
    NUMBER(common); ARRAY(a); ARRAY(b); ARRAY(v); ARRAY(m); ARRAY(delta); NUMBER(own_weight); \
    NUMBER(error)

#define READ_RATE                                                                           \
    i8 have = elements(a);                                                                  \
    GET(a, have) ; GET(b, have) ; GET(v, have) ; GET(m, have) ; GET(delta, CLASSES);        \
    KnownRate rates = {a_, b_, v_, m_, delta_, common, own_weight, error}

typedef struct { f8 a, b, mean, exposure; } ExpectedRate;

/* The widened posterior of a row, its mean and its exposure, by the messages due. */
static inline ExpectedRate expected_rate(const KnownRate *of, i8 row, f8 due, f8 known)
{
    f8 exposure = due * of->factor, mean = exposure * of->a[row] / of->b[row];
    f8 spread = spread_of(mean, of->v[row], of->m[row], of->delta, of->own_weight) + of->error;
    f8 guessed = 1.0 - known * of->factor / exposure;
    spread += guessed * guessed;
    f8 keep = 1.0 / (1.0 + of->a[row] * spread);
    return (ExpectedRate){of->a[row] * keep, of->b[row] * keep, mean, exposure};
}

/* Of rows by number, or of neighbours; `due` and `known` go by row. */
KERNEL(predict_rate, 14)
{
    ARRAY(rows); WHOLE(start); WHOLE(n); ARRAY(due); ARRAY(known); RATE_ARGUMENTS; ARRAY(out);
    READ_RATE;
    int indexed = elements(rows) > 0;
    GET_INTS(rows, indexed ? n : 0) ; GET(due, have) ; GET(known, have) ; TAKE(out, 4 * n);
    if (start < 0 || (!indexed && start + n > have))
        return REFUSED;
    for (i8 i = 0; i < n; i++) {
        i8 row = indexed ? rows_[i] : start + i;
        if (row < 0 || row >= have)
            return REFUSED;
        ExpectedRate found = expected_rate(&rates, row, due_[row], known_[row]);
        out_[i] = found.a;
        out_[n + i] = found.b;
        out_[2 * n + i] = found.mean;
        out_[3 * n + i] = found.exposure;
    }
    return DONE;
}

/* Judges neighbouring rows; the arrays go by row. Gives the sum of the shares of those judged, how
   many reach the limit, how many are judged, and how many count. */
KERNEL(judge_rate, 27)
{
    WHOLE(start); WHOLE(n); ARRAY(x); ARRAY(judged); ARRAY(alarmed); ARRAY(due); ARRAY(known);
    RATE_ARGUMENTS; SUMS_ARGUMENTS; NUMBER(least); NUMBER(half); NUMBER(limit); ARRAY(nats);
    ARRAY(mean); ARRAY(exposure); ARRAY(calm);
    READ_RATE;
    READ_SUMS;
    i8 stop = start + n, over = 0, number = 0, active = 0;
    GET(x, stop) ; GET_FLAGS(judged, stop) ; GET_FLAGS(alarmed, stop) ; GET(due, stop);
    GET(known, stop) ; TAKE(nats, stop) ; TAKE(mean, stop) ; TAKE(exposure, stop);
    TAKE_FLAGS(calm, stop);
    if (start < 0 || stop > have || stop > columns)
        return REFUSED;
    f8 total = 0.0;
    for (i8 at = start; at < stop; at += CHUNK) {
        i8 size = stop - at < CHUNK ? stop - at : CHUNK;
        Chunk of;
        for (i8 i = 0; i < size; i++) {
            i8 row = at + i;
            ExpectedRate found = expected_rate(&rates, row, due_[row], known_[row]);
            of.share[i] = share_of(found.mean, 1.0, least, half);
            if (judged_[row]) {
                total += of.share[i];
                number++;
            }
            active += x_[row] > 0.0;
            of.a[i] = found.a;
            of.b[i] = found.b;
            of.x[i] = x_[row];
            of.e[i] = found.exposure;
            mean_[row] = found.mean;
            exposure_[row] = found.exposure;
            calm_[row] = judged_[row] && !alarmed_[row];
        }
        step_chunk(&sums, &of, NULL, at, size, 0, 1, nats_ + at);
        begin_anew(&sums, at, size, calm_ + at, 0);
        for (i8 i = 0; i < size; i++)
            over += calm_[at + i] && x_[at + i] > 0.0 && nats_[at + i] >= limit;
    }
    return python.build("dLLL", total, (long long)over, (long long)number, (long long)active);
}

/* Learns complaints of neighbours; the arrays go by row. Gives those of calm rows, and the messages due
   for them, as the prior learns them. */
KERNEL(learn_rate, 19)
{
    WHOLE(start); WHOLE(n); ARRAY(x); ARRAY(mean); ARRAY(known); ARRAY(due); NUMBER(factor);
    NUMBER(relative); ARRAY(calm); ARRAY(a); ARRAY(b); ARRAY(v); ARRAY(m); ARRAY(delta);
    NUMBER(deviations); ARRAY(class_sums); NUMBER(keep); NUMBER(shape); NUMBER(busy);
    i8 stop = start + n;
    TAKE(a, stop) ; TAKE(b, stop) ; TAKE(v, stop) ; TAKE(m, stop) ; GET(x, stop) ; GET(mean, stop);
    GET(known, stop) ; GET(due, stop) ; GET_FLAGS(calm, stop) ; GET(delta, CLASSES);
    TAKE(class_sums, 4 * CLASSES);
    f8 prior[2] = {0.0};
    if (start < 0)
        return REFUSED;
    for (i8 row = start; row < stop; row++) {
        if (!calm_[row])
            continue;
        f8 add_v, add_m, expected = mean_[row];
        f8 part = known_[row] * factor / (due_[row] * factor);
        f8 learned_due = (known_[row] + due_[row]) / 2.0 * relative;
        f8 seen = smaller(x_[row], ceiling_of(expected, a_[row], delta_, deviations));
        add_sums(expected, a_[row], seen, &add_v, &add_m);
        add_v = part * add_v;
        add_m = part * add_m;
        teach_class(class_sums_, expected, add_v, add_m, x_[row], 1.0);
        f8 weight = busy / larger(expected, busy);
        prior[0] += weight * (part * seen);
        prior[1] += weight * (part * learned_due);
        f8 kept = smaller(1.0, keep + (1.0 - keep) * shape / a_[row]);
        a_[row] = a_[row] * kept + part * seen;
        b_[row] = b_[row] * kept + part * learned_due;
        v_[row] = keep * v_[row] + add_v;
        m_[row] = keep * m_[row] + add_m;
    }
    return python.build("dd", prior[0], prior[1]);
}

/* Messages whose complaints are due: `known`, and with `before` times the mean of the sends. */
KERNEL(sends_due, 12)
{
    WHOLE(decays); WHOLE(n); ARRAY(past); ARRAY(sends); NUMBER(now); ARRAY(later); NUMBER(block);
    NUMBER(last); NUMBER(least); NUMBER(before); ARRAY(known); ARRAY(total);
    GET(past, (decays + 3) * n) ; GET(sends, n) ; GET(later, decays) ; TAKE(known, n) ; TAKE(total, n);
    const f8 *of_block = past_ + decays * n, *of_last = past_ + (decays + 2) * n;
    for (i8 i = 0; i < n; i++) {
        f8 due = now * sends_[i];
        for (i8 k = 0; k < decays; k++)
            due = due + later_[k] * past_[k * n + i];
        due = due + block * of_block[i] + last * of_last[i];
        known_[i] = larger(due, least);
        total_[i] = known_[i] + before * (of_block[i] + sends_[i]);
    }
    return DONE;
}

/* The sends go into `past`; `missing` of each is still to count; `ends`: the block ends. */
KERNEL(sends_after, 7)
{
    WHOLE(decays); WHOLE(n); ARRAY(past); ARRAY(sends); ARRAY(keeps); NUMBER(missing); WHOLE(ends);
    TAKE(past, (decays + 3) * n) ; GET(sends, n) ; GET(keeps, decays);
    for (i8 k = 0; k < decays; k++)
        for (i8 i = 0; i < n; i++)
            past_[k * n + i] = keeps_[k] * past_[k * n + i] + sends_[i];
    f8 *block = past_ + decays * n, *owed = block + n, *last = owed + n;
    for (i8 i = 0; i < n; i++) {
        block[i] = block[i] + sends_[i];
        owed[i] = owed[i] + sends_[i] * missing;
        if (ends) {
            last[i] = owed[i];
            block[i] = owed[i] = 0.0;
        }
    }
    return DONE;
}
