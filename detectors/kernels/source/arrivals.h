/* Newcomers of entities, as two series of each: ids, and their events: `ArrivalBank`, `ArrivalWeek`,
   which say what each line is for. Arrays of both series hold all rows of the ids first. */

enum { SERIES = 2, OF_ROW = 4 * SERIES + 1, RUN = 3, MOST_IN_TURN = 128 };

/* The sum in NumPy's order: by pairs of halves, and eight sums side by side in the smallest. */
static f8 sum_of(const f8 *x, i8 n)
{
    f8 part[8], sum = 0.0;
    i8 at = 0;
    if (n > MOST_IN_TURN) {
        i8 half = n / 2 - n / 2 % 8;
        return sum_of(x, half) + sum_of(x + half, n - half);
    }
    if (n >= 8) {
        for (; at < 8; at++)
            part[at] = x[at];
        for (; at < n - n % 8; at += 8)
            for (i8 j = 0; j < 8; j++)
                part[j] += x[at + j];
        sum = ((part[0] + part[1]) + (part[2] + part[3]))
            + ((part[4] + part[5]) + (part[6] + part[7]));
    }
    for (; at < n; at++)
        sum += x[at];
    return sum;
}

/* Index of an hour of the week, and the squared relative error that it has: `ArrivalWeek.index`. */
KERNEL(arrival_index, 5)
{
    WHOLE(hour); ARRAY(seen); ARRAY(due); NUMBER(weight); NUMBER(unseen);
    GET(seen, HOURS) ; GET(due, HOURS);
    if (hour < 0 || hour >= HOURS)
        return REFUSED;
    f8 level = (weight + sum_of(seen_, HOURS)) / (weight + sum_of(due_, HOURS));
    f8 day_seen = 0.0, of_day = 0.0;
    for (i8 h = hour % DAY; h < HOURS; h += DAY) {
        day_seen += seen_[h];
        of_day += due_[h];
    }
    f8 same_hour = (weight * level + day_seen) / (weight + of_day);
    f8 own = (weight * same_hour + seen_[hour]) / (weight + due_[hour]);
    return python.build("dd", larger(own / level, 0.01), unseen / (1.0 + of_day));
}

/* Learns what rows counted in an hour, but for those that are held: `ArrivalWeek.learn`. */
KERNEL(learn_arrival_hour, 8)
{
    WHOLE(hour); ARRAY(x); ARRAY(plain); ARRAY(held); NUMBER(keep); ARRAY(seen); ARRAY(due);
    ARRAY(room);
    i8 n = elements(held), calm = 0;
    GET(x, n) ; GET(plain, n) ; GET_FLAGS(held, n) ; TAKE(seen, HOURS) ; TAKE(due, HOURS);
    TAKE(room, 2 * n);
    if (hour < 0 || hour >= HOURS)
        return REFUSED;
    for (i8 i = 0; i < n; i++) {
        if (held_[i])
            continue;
        room_[calm] = plain_[i];
        room_[n + calm++] = x_[i];
    }
    f8 expected = sum_of(room_, calm);
    if (expected > 0.0) {
        f8 weight = smaller(1.0, expected);
        seen_[hour] = keep * seen_[hour] + weight * sum_of(room_ + n, calm) / expected;
        due_[hour] = keep * due_[hour] + weight;
    }
    return DONE;
}

/* A bank's sums of the overdispersion: those of rows, and of all rows together. */
typedef struct { const f8 *v, *m, *all_v, *all_m; f8 own_weight, start_weight, least; } Spreads;

#define SPREADS_ARGUMENTS                                                                 \
    ARRAY(v); ARRAY(m); ARRAY(all_v); ARRAY(all_m); NUMBER(own_weight); NUMBER(start_ids); \
    NUMBER(start_events); NUMBER(start_weight); NUMBER(least_spread)

/* The row of a number of either series. */
static inline i8 row_of(i8 i, i8 n) { return i < n ? i : i - n; }

static inline f8 spread_at(const Spreads *of, i8 n, i8 at, const f8 *start)
{
    i8 series = at >= n;
    f8 of_all = (of->all_v[series] + start[series] * of->start_weight)
        / (of->all_m[series] + of->start_weight);
    f8 spread = (of->v[at] + of->own_weight * of_all) / (of->m[at] + of->own_weight);
    return larger(spread, of->least);
}

/* Judges a bucket; gives the largest evidence. `out` gets evidence, mean, shape and rate of both
   series, and the exposure of each row. */
KERNEL(judge_arrivals, 30)
{
    ARRAY(x); ARRAY(exposures); NUMBER(exposure); NUMBER(index); NUMBER(unsure); NUMBER(error);
    WHOLE(settled); ARRAY(alarmed); ARRAY(a); ARRAY(b); SPREADS_ARGUMENTS; SUMS_ARGUMENTS; NUMBER(quiet);
    NUMBER(half); NUMBER(slack); ARRAY(excess); ARRAY(run); ARRAY(out);
    i8 n = elements(alarmed), all = SERIES * n, each = elements(exposures) > 0;
    READ_SUMS;
    GET(x, all) ; GET(exposures, each ? n : 0) ; GET_FLAGS(alarmed, n) ; GET(a, all) ; GET(b, all);
    GET(v, all) ; GET(m, all) ; GET(all_v, SERIES) ; GET(all_m, SERIES) ; TAKE(excess, all);
    TAKE(run, RUN * all) ; TAKE(out, OF_ROW * n);
    if (columns != all)
        return REFUSED;
    f8 *nats = out_, *mean = nats + all, *shape = mean + all, *rate = shape + all, highest = 0.0;
    f8 *exposed = rate + all, start[SERIES] = {start_ids, start_events};
    Spreads spreads = {v_, m_, all_v_, all_m_, own_weight, start_weight, least_spread};
    for (i8 i = 0; i < n; i++)
        exposed[i] = larger(each ? exposures_[i] : exposure, 1e-3) * index;
    for (i8 i = 0; i < all; i++) {
        mean[i] = exposed[row_of(i, n)] * a_[i] / b_[i];
        f8 spread = spread_at(&spreads, n, i, start) * (1.0 + 1.0 / mean[i]) + unsure + error;
        f8 narrow = 1.0 / (1.0 + a_[i] * spread);
        shape[i] = a_[i] * narrow;
        rate[i] = b_[i] * narrow;
        nats[i] = 0.0;
    }
    for (i8 at = 0; settled && at < all; at += CHUNK) {
        i8 size = all - at < CHUNK ? all - at : CHUNK;
        Chunk of;
        for (i8 i = 0; i < size; i++) {
            of.share[i] = (mean[at + i] + quiet) / (mean[at + i] + half);
            of.a[i] = shape[at + i];
            of.b[i] = rate[at + i];
            of.x[i] = x_[at + i];
            of.e[i] = exposed[row_of(at + i, n)];
        }
        step_chunk(&sums, &of, NULL, at, size, 0, 1, nats + at);
    }
    for (i8 i = 0; settled && i < all; i++) {
        f8 more = excess_[i] + x_[i] - slack * mean[i], now[RUN] = {1.0, x_[i], mean[i]};
        int goes_on = more > 0.0 && excess_[i] > 0.0, held = alarmed_[row_of(i, n)];
        for (i8 k = 0; k < RUN; k++)
            run_[k * all + i] = goes_on ? run_[k * all + i] + now[k] : now[k];
        excess_[i] = held ? 0.0 : larger(more, 0.0);
        for (i8 k = 0; held && k < sums.all; k++)
            r_[k * all + i] = 0.0;
        highest = larger(highest, nats[i]);
    }
    return python.of_number(highest);
}

/* Learns a bucket that was judged, but for rows that are held. `learned` gets the counts as they were
   learned. Gives the exposure of those that learned. */
KERNEL(learn_arrivals, 24)
{
    ARRAY(x); ARRAY(found); ARRAY(held); WHOLE(settled); NUMBER(keep); NUMBER(least); NUMBER(winsor);
    ARRAY(a); ARRAY(b); SPREADS_ARGUMENTS; ARRAY(since); ARRAY(exposed); ARRAY(seen); WHOLE(complete);
    ARRAY(learned); ARRAY(room);
    i8 n = elements(held), all = SERIES * n, calm = 0;
    GET(x, all) ; GET(found, OF_ROW * n) ; GET_FLAGS(held, n) ; TAKE(a, all) ; TAKE(b, all);
    TAKE(v, all) ; TAKE(m, all) ; TAKE(all_v, SERIES) ; TAKE(all_m, SERIES) ; TAKE(since, all);
    TAKE(exposed, n) ; TAKE(seen, SERIES) ; TAKE(learned, all) ; TAKE(room, 2 * all);
    const f8 *mean = found_ + all, *exposure = found_ + 4 * all;
    f8 start[SERIES] = {start_ids, start_events}, counted[SERIES] = {0.0}, *add_v = room_;
    f8 *add_m = room_ + all;
    Spreads spreads = {v_, m_, all_v_, all_m_, own_weight, start_weight, least_spread};
    for (i8 i = 0; i < all; i++)
        if (held_[row_of(i, n)])
            since_[i] += x_[i];
    for (i8 i = 0; i < n; i++)
        if (held_[i])
            exposed_[i] += exposure[i];
    for (i8 i = 0; complete && i < all; i++) {
        f8 due = mean[i], variance = due + due * due / a_[i];
        f8 spread = spread_at(&spreads, n, i, start) * due * (1.0 + due);
        f8 most = due + winsor * (root(variance + spread) + 1.0);
        learned_[i] = settled ? smaller(x_[i], most) : x_[i];
        f8 miss = learned_[i] - due, scale = 1.0 + variance;
        f8 weight = held_[row_of(i, n)] ? 0.0 : 1.0 / (scale * scale);
        add_v[i] = (miss * miss - variance) * weight;
        add_m[i] = due * (1.0 + due) * weight;
        if (held_[row_of(i, n)])
            continue;
        f8 kept = smaller(1.0, keep + (1.0 - keep) * least / a_[i]);
        a_[i] = kept * a_[i] + learned_[i];
        b_[i] = kept * b_[i] + exposure[row_of(i, n)];
        counted[i >= n] += learned_[i];
    }
    for (i8 i = 0; complete && settled && i < all; i++) {
        v_[i] = keep * v_[i] + add_v[i];
        m_[i] = keep * m_[i] + add_m[i];
    }
    for (i8 k = 0; complete && k < SERIES; k++) {
        if (settled) {
            all_v_[k] = keep * all_v_[k] + sum_of(add_v + k * n, n);
            all_m_[k] = keep * all_m_[k] + sum_of(add_m + k * n, n);
        }
        seen_[k] = keep * seen_[k] + counted[k];
    }
    for (i8 i = 0; i < n; i++)
        if (!held_[i])
            room_[calm++] = exposure[i];
    return python.of_number(sum_of(room_, calm));
}
