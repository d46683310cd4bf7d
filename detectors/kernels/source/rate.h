/* Complaints, compared with sends: `RateBaseline` and `DelayedSends`. */

int predict_rate(i8 start, i8 n, Array *due, Array *known, f8 factor, Array *a, Array *b, Array *v,
    Array *m, Array *delta, f8 own_weight, f8 error, Array *out)
{
    i8 stop = start + n;
    GET(a, stop) ; GET(b, stop) ; GET(v, stop) ; GET(m, stop) ; GET(delta, CLASSES);
    GET(due, n) ; GET(known, n) ; TAKE(out, 4 * n);
    for (i8 i = 0; i < n; i++) {
        i8 row = start + i;
        f8 exposure = due_[i] * factor, mean = exposure * a_[row] / b_[row];
        f8 spread = spread_of(mean, v_[row], m_[row], delta_, own_weight) + error;
        f8 guessed = 1.0 - known_[i] * factor / exposure;
        spread += guessed * guessed;
        f8 keep = 1.0 / (1.0 + a_[row] * spread);
        out_[i] = a_[row] * keep;
        out_[n + i] = b_[row] * keep;
        out_[2 * n + i] = mean;
        out_[3 * n + i] = exposure;
    }
    return 0;
}

/* Learns complaints; adds to `prior` those of calm rows, and the messages due for them. */
int learn_rate(i8 start, i8 n, Array *x, Array *mean, Array *known, Array *due, f8 factor,
    f8 relative, Array *calm, Array *a, Array *b, Array *v, Array *m, Array *delta, f8 deviations, Array *class_sums, f8 keep, f8 shape,
    f8 busy, Array *prior)
{
    i8 stop = start + n;
    TAKE(a, stop) ; TAKE(b, stop) ; TAKE(v, stop) ; TAKE(m, stop) ; GET(x, n) ; GET(mean, n);
    GET(known, n) ; GET(due, n) ; GET_FLAGS(calm, n) ; GET(delta, CLASSES);
    TAKE(class_sums, 4 * CLASSES) ; TAKE(prior, 2);
    for (i8 i = 0; i < n; i++) {
        if (!calm_[i])
            continue;
        i8 row = start + i;
        f8 add_v, add_m, expected = mean_[i];
        f8 part = known_[i] * factor / (due_[i] * factor);
        f8 learned_due = (known_[i] + due_[i]) / 2.0 * relative;
        f8 seen = smaller(x_[i], ceiling_of(expected, a_[row], delta_, deviations));
        add_sums(expected, a_[row], seen, &add_v, &add_m);
        add_v = part * add_v;
        add_m = part * add_m;
        teach_class(class_sums_, expected, add_v, add_m, x_[i]);
        f8 weight = busy / larger(expected, busy);
        prior_[0] += weight * (part * seen);
        prior_[1] += weight * (part * learned_due);
        f8 kept = smaller(1.0, keep + (1.0 - keep) * shape / a_[row]);
        a_[row] = a_[row] * kept + part * seen;
        b_[row] = b_[row] * kept + part * learned_due;
        v_[row] = keep * v_[row] + add_v;
        m_[row] = keep * m_[row] + add_m;
    }
    return 0;
}

/* Messages whose complaints are due: `known`, and with `before` times the mean of the sends. */
int sends_due(i8 decays, i8 n, Array *past, Array *sends, f8 now, Array *later, f8 block, f8 last,
    f8 least, f8 before, Array *known, Array *total)
{
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
    return 0;
}

/* The sends go into `past`; `missing` of each is still to count; `ends`: the block ends. */
int sends_after(i8 decays, i8 n, Array *past, Array *sends, Array *keeps, f8 missing, i8 ends)
{
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
    return 0;
}
