/* When in the week rows count: `Profile` and `Season`, which say what each line is for. */

enum { HOURS = 168, DAY = 24, DAYS = 7, MOST_KINDS = 8 };

/* Weights of the kinds of a row, not divided by their sum, which is returned. */
static inline f8 kind_odds(i8 kinds, const int8_t *scores, i8 rows, i8 row, const f8 *shares,
    const f8 *odds_of, f8 *odds)
{
    f8 total = odds[0] = shares[0];
    for (i8 k = 1; k < kinds; k++) {
        odds[k] = shares[k] * odds_of[scores[(k - 1) * rows + row] + 128];
        total += odds[k];
    }
    return total;
}

KERNEL(profile_factor, 11)
{
    WHOLE(kinds); WHOLE(have); ARRAY(scores); ARRAY(rows); WHOLE(start); WHOLE(n); WHOLE(hour);
    ARRAY(shares); ARRAY(trusted); ARRAY(odds_of); ARRAY(out);
    int indexed = elements(rows) > 0;
    TAKE_SMALL(scores, (kinds - 1) * have) ; GET_INTS(rows, indexed ? n : 0) ; GET(shares, kinds);
    GET(trusted, kinds * HOURS) ; GET(odds_of, 256) ; TAKE(out, 2 * n);
    if (kinds < 1 || kinds > MOST_KINDS || start < 0 || (!indexed && start + n > have))
        return REFUSED;
    f8 odds[MOST_KINDS];
    for (i8 i = 0; i < n; i++) {
        i8 row = indexed ? rows_[i] : start + i;
        if (row < 0 || row >= have)
            return REFUSED;
        f8 total = kind_odds(kinds, scores_, have, row, shares_, odds_of_, odds);
        f8 first = odds[0] * trusted_[hour], second = first * trusted_[hour];
        for (i8 k = 1; k < kinds; k++) {
            f8 shape = trusted_[k * HOURS + hour], part = odds[k] * shape;
            first += part;
            second += part * shape;
        }
        out_[i] = first / total;
        out_[n + i] = larger(second * total / (first * first) - 1.0, 0.0);
    }
    return DONE;
}

KERNEL(profile_add, 17)
{
    WHOLE(kinds); WHOLE(have); ARRAY(scores); WHOLE(start); WHOLE(n); WHOLE(hour); ARRAY(shares);
    ARRAY(shapes); ARRAY(odds_of); ARRAY(x); ARRAY(plain); NUMBER(frequent); NUMBER(loudest);
    NUMBER(most_nats); NUMBER(step_nats); ARRAY(new_seen); ARRAY(new_due);
    TAKE_SMALL(scores, (kinds - 1) * have) ; GET(shares, kinds) ; GET(shapes, kinds * HOURS);
    GET(odds_of, 256) ; GET(x, n) ; GET(plain, n) ; TAKE(new_seen, kinds) ; TAKE(new_due, kinds);
    if (kinds < 1 || kinds > MOST_KINDS || start < 0 || start + n > have)
        return REFUSED;
    f8 odds[MOST_KINDS], logs[MOST_KINDS], steady = shapes_[hour];
    for (i8 k = 1; k < kinds; k++)
        logs[k] = ln(shapes_[k * HOURS + hour] / steady);
    for (i8 i = 0; i < n; i++) {
        f8 count = x_[i], due = plain_[i];
        f8 total = kind_odds(kinds, scores_, have, start + i, shares_, odds_of_, odds);
        f8 scale = 3.0 / (larger(due, 3.0) * total);
        for (i8 k = 0; k < kinds; k++) {
            new_seen_[k] += odds[k] * (scale * count);
            new_due_[k] += odds[k] * (scale * due);
        }
        if (!(count > 0.0 || due >= frequent))
            continue;
        f8 loud = loudest / larger(due, loudest);
        count = loud * count;
        due = due >= frequent ? loud * due : 0.0;
        for (i8 k = 1; k < kinds; k++) {
            int8_t *score = scores_ + (k - 1) * have + start + i;
            f8 gain = count * logs[k] - due * (shapes_[k * HOURS + hour] - steady);
            f8 moved = *score + larger(smaller(gain, most_nats), -most_nats) / step_nats;
            moved = (moved + 6755399441055744.0) - 6755399441055744.0;
            *score = (int8_t)larger(smaller(moved, 127.0), -127.0);
        }
    }
    return DONE;
}

/* Takes in what an hour taught (below 0: nothing), and works out shapes and shares. */
KERNEL(pass_profile, 12)
{
    WHOLE(kinds); WHOLE(hour); ARRAY(starts); ARRAY(seen); ARRAY(due); ARRAY(new_seen);
    ARRAY(new_due); NUMBER(keep); NUMBER(weight); ARRAY(shapes); ARRAY(trusted); ARRAY(shares);
    GET(starts, kinds * HOURS) ; TAKE(seen, kinds * HOURS) ; TAKE(due, kinds * HOURS);
    TAKE(new_seen, kinds) ; TAKE(new_due, kinds) ; TAKE(shapes, kinds * HOURS);
    TAKE(trusted, kinds * HOURS) ; TAKE(shares, kinds);
    if (kinds < 1 || kinds > MOST_KINDS || hour >= HOURS)
        return REFUSED;
    f8 of_hour[HOURS], seen_by[DAY] = {0.0}, all = 0.0, all_due = 0.0;
    for (i8 k = 0; hour >= 0 && k < kinds; k++) {
        i8 at = k * HOURS + hour;
        seen_[at] = seen_[at] * keep + new_seen_[k];
        due_[at] = due_[at] * keep + new_due_[k];
        new_seen_[k] = new_due_[k] = 0.0;
    }
    for (i8 h = 0; h < HOURS; h++) {
        of_hour[h] = weight;
        for (i8 k = 0; k < kinds; k++)
            of_hour[h] += due_[k * HOURS + h];
        all += of_hour[h];
    }
    for (i8 h = 0; h < HOURS; h++)
        of_hour[h] /= all;
    for (i8 k = 0; k < kinds; k++) {
        const f8 *start = starts_ + k * HOURS, *was_seen = seen_ + k * HOURS;
        const f8 *was_due = due_ + k * HOURS;
        f8 *shape = shapes_ + k * HOURS, mean = 0.0, again = 0.0, sum = weight;
        for (i8 h = 0; h < HOURS; h++)
            mean += start[h] * of_hour[h];
        for (i8 c = 0; c < DAY; c++) {
            f8 clock = 0.0, clock_seen = 0.0, clock_due = 0.0;
            for (i8 h = c; h < HOURS; h += DAY) {
                shape[h] = start[h] / mean;
                clock += shape[h];
                clock_seen += was_seen[h];
                clock_due += was_due[h];
            }
            clock /= DAYS;
            seen_by[c] += clock_due;
            sum += clock_due;
            f8 known = (weight * clock + clock_seen) / (weight + clock_due) / clock;
            for (i8 h = c; h < HOURS; h += DAY) {
                shape[h] = (weight * (shape[h] * known) + was_seen[h]) / (weight + was_due[h]);
                again += shape[h] * of_hour[h];
            }
        }
        for (i8 h = 0; h < HOURS; h++)
            shape[h] /= again;
        shares_[k] = sum;
        all_due += sum;
    }
    for (i8 k = 0; k < kinds; k++) {
        shares_[k] /= all_due;
        for (i8 h = 0; h < HOURS; h++) {
            f8 trust = seen_by[h % DAY] / (seen_by[h % DAY] + (f8)kinds * weight);
            trusted_[k * HOURS + h] = 1.0 + trust * (shapes_[k * HOURS + h] - 1.0);
        }
    }
    return DONE;
}

/* Works out the indices of one hour of the day, below 0 of all, of rows start..stop-1. `sums` holds
   of each row, by hour of the day, the sums of index and of weight from which its level comes. */
KERNEL(tabulate_season, 8)
{
    WHOLE(start); WHOLE(stop); WHOLE(clock); ARRAY(seen); ARRAY(due); NUMBER(weight); ARRAY(index);
    ARRAY(sums);
    GET(seen, stop * HOURS) ; GET(due, stop * HOURS) ; TAKE(index, stop * HOURS);
    TAKE(sums, stop * 2 * DAY);
    if (start < 0 || clock >= DAY)
        return REFUSED;
    for (i8 row = start; row < stop; row++) {
        const f8 *was_seen = seen_ + row * HOURS, *was_due = due_ + row * HOURS;
        for (i8 c = clock < 0 ? 0 : clock; c < (clock < 0 ? DAY : clock + 1); c++) {
            f8 all_seen = 0.0, all_due = 0.0, sum = 0.0, known = 0.0;
            for (i8 h = c; h < HOURS; h += DAY) {
                all_seen += was_seen[h];
                all_due += was_due[h];
            }
            f8 lean = weight * ((weight + all_seen) / (weight + all_due));
            for (i8 h = c; h < HOURS; h += DAY) {
                /* Hours that were not seen say nothing about the level. */
                f8 counts = was_due[h] > 0.0 ? 1.0 : 1e-9;
                index_[row * HOURS + h] = (lean + was_seen[h]) / (weight + was_due[h]);
                sum += counts * index_[row * HOURS + h];
                known += counts;
            }
            sums_[row * 2 * DAY + c] = sum;
            sums_[row * 2 * DAY + DAY + c] = known;
        }
    }
    return DONE;
}

KERNEL(season_factor, 8)
{
    WHOLE(have); ARRAY(rows); WHOLE(start); WHOLE(n); WHOLE(hour); ARRAY(index); ARRAY(sums);
    ARRAY(out);
    int indexed = elements(rows) > 0;
    GET_INTS(rows, indexed ? n : 0) ; GET(index, have * HOURS) ; GET(sums, have * 2 * DAY);
    TAKE(out, 2 * n);
    if (start < 0 || (!indexed && start + n > have))
        return REFUSED;
    for (i8 i = 0; i < n; i++) {
        i8 row = indexed ? rows_[i] : start + i;
        if (row < 0 || row >= have)
            return REFUSED;
        f8 sum = 0.0, known = 0.0;
        for (i8 c = 0; c < DAY; c++) {
            sum += sums_[row * 2 * DAY + c];
            known += sums_[row * 2 * DAY + DAY + c];
        }
        out_[i] = index_[row * HOURS + hour] / (sum / known);
        out_[n + i] = 0.0;
    }
    return DONE;
}

KERNEL(season_add, 9)
{
    WHOLE(start); WHOLE(n); WHOLE(hour); ARRAY(x); ARRAY(plain); NUMBER(keep); NUMBER(least_due);
    ARRAY(seen); ARRAY(due);
    GET(x, n) ; GET(plain, n) ; TAKE(seen, (start + n) * HOURS) ; TAKE(due, (start + n) * HOURS);
    for (i8 i = 0; i < n; i++) {
        f8 part = smaller(1.0, plain_[i] / least_due);
        i8 at = (start + i) * HOURS + hour;
        seen_[at] = seen_[at] * keep + part * x_[i] / plain_[i];
        due_[at] = due_[at] * keep + part;
    }
    return DONE;
}
