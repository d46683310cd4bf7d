/* Complaints, compared with sends: `RateBaseline` and `DelayedSends`. */

KERNEL(predict_rate, 13)
{
    WHOLE(start); WHOLE(n); ARRAY(due); ARRAY(known); NUMBER(factor); ARRAY(a); ARRAY(b); ARRAY(v);
    ARRAY(m); ARRAY(delta); NUMBER(own_weight); NUMBER(error); ARRAY(out);
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
    return DONE;
}

/* Learns complaints; adds to `prior` those of calm rows, and the messages due for them. */
KERNEL(learn_rate, 20)
{
    WHOLE(start); WHOLE(n); ARRAY(x); ARRAY(mean); ARRAY(known); ARRAY(due); NUMBER(factor);
    NUMBER(relative); ARRAY(calm); ARRAY(a); ARRAY(b); ARRAY(v); ARRAY(m); ARRAY(delta);
    NUMBER(deviations); ARRAY(class_sums); NUMBER(keep); NUMBER(shape); NUMBER(busy); ARRAY(prior);
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
    return DONE;
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
