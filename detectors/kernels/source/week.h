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

/* The weeks of a bank's rows: of `Profile`, or with 0 kinds of `Season`. */
typedef struct {
    i8 kinds, hour, have;
    const int8_t *scores;
    const f8 *index, *sums, *shares, *trusted, *odds_of;
} Week;

/* An hour of the week, below 0 where it is not known, and what is known of it. */
#define WEEK_ARGUMENTS                                                                   \
    WHOLE(kinds); WHOLE(hour); ARRAY(of_rows); ARRAY(of_all); ARRAY(tables); ARRAY(odds_of)

/* Whether the arrays are what they must be for this many rows. */
static int read_week(Week *week, i8 kinds, i8 hour, i8 have, const Array *of_rows,
    const Array *of_all, const Array *tables, const Array *odds_of)
{
    enum { GOOD = CONTIGUOUS | ALIGNED };
    *week = (Week){.kinds = kinds, .hour = hour, .have = have};
    if (hour < 0)
        return 1;
    if (hour >= HOURS || kinds < 0 || kinds > MOST_KINDS)
        return 0;
    if (!kinds) {
        week->index = taken(of_rows, F8, have * HOURS, GOOD);
        week->sums = taken(of_all, F8, have * 2 * DAY, GOOD);
        return week->index && week->sums;
    }
    week->scores = taken(of_rows, SMALL, (kinds - 1) * have, GOOD);
    week->shares = taken(of_all, F8, kinds, GOOD);
    week->trusted = taken(tables, F8, kinds * HOURS, GOOD);
    week->odds_of = taken(odds_of, F8, 256, GOOD);
    return week->scores && week->shares && week->trusted && week->odds_of;
}

/* How busy a row is in the hour, which must be known; `unsure` gets its squared relative error. */
static inline f8 week_factor(const Week *week, i8 row, f8 *unsure)
{
    *unsure = 0.0;
    if (!week->kinds) {
        f8 sum = 0.0, known = 0.0;
        for (i8 c = 0; c < DAY; c++) {
            sum += week->sums[row * 2 * DAY + c];
            known += week->sums[row * 2 * DAY + DAY + c];
        }
        return week->index[row * HOURS + week->hour] / (sum / known);
    }
    const f8 *trusted = week->trusted + week->hour;
    f8 odds[MOST_KINDS];
    f8 total = kind_odds(week->kinds, week->scores, week->have, row, week->shares, week->odds_of,
        odds);
    f8 first = odds[0] * trusted[0], second = first * trusted[0];
    for (i8 k = 1; k < week->kinds; k++) {
        f8 shape = trusted[k * HOURS], part = odds[k] * shape;
        first += part;
        second += part * shape;
    }
    *unsure = larger(second * total / (first * first) - 1.0, 0.0);
    return first / total;
}

KERNEL(week_factors, 11)
{
    ARRAY(rows); WHOLE(start); WHOLE(n); WHOLE(have); WEEK_ARGUMENTS; ARRAY(out);
    int indexed = elements(rows) > 0;
    GET_INTS(rows, indexed ? n : 0) ; TAKE(out, 2 * n);
    Week week;
    if (hour < 0 || !read_week(&week, kinds, hour, have, of_rows, of_all, tables, odds_of))
        return REFUSED;
    if (start < 0 || (!indexed && start + n > have))
        return REFUSED;
    for (i8 i = 0; i < n; i++) {
        i8 row = indexed ? rows_[i] : start + i;
        if (row < 0 || row >= have)
            return REFUSED;
        out_[i] = week_factor(&week, row, out_ + n + i);
    }
    return DONE;
}

/* Learns when neighbouring rows counted; the arrays go by row. */
KERNEL(profile_add, 18)
{
    WHOLE(kinds); WHOLE(have); ARRAY(scores); WHOLE(start); WHOLE(n); WHOLE(hour); ARRAY(shares);
    ARRAY(shapes); ARRAY(odds_of); ARRAY(x); ARRAY(plain); ARRAY(trust); NUMBER(frequent); NUMBER(loudest);
    NUMBER(most_nats); NUMBER(step_nats); ARRAY(new_seen); ARRAY(new_due);
    TAKE_SMALL(scores, (kinds - 1) * have) ; GET(shares, kinds) ; GET(shapes, kinds * HOURS);
    i8 stop = start + n;
    int doubted = elements(trust) > 0;
    GET(odds_of, 256) ; GET(x, stop) ; GET(plain, stop) ; GET(trust, doubted ? stop : 0);
    TAKE(new_seen, kinds) ; TAKE(new_due, kinds);
    if (kinds < 1 || kinds > MOST_KINDS || start < 0 || stop > have)
        return REFUSED;
    f8 odds[MOST_KINDS], logs[MOST_KINDS], steady = shapes_[hour];
    for (i8 k = 1; k < kinds; k++)
        logs[k] = ln(shapes_[k * HOURS + hour] / steady);
    for (i8 row = start; row < stop; row++) {
        f8 count = x_[row], due = plain_[row];
        f8 total = kind_odds(kinds, scores_, have, row, shares_, odds_of_, odds);
        f8 scale = (doubted ? trust_[row] : 1.0) * 3.0 / (larger(due, 3.0) * total);
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
            int8_t *score = scores_ + (k - 1) * have + row;
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

KERNEL(season_add, 9)
{
    WHOLE(start); WHOLE(n); WHOLE(hour); ARRAY(x); ARRAY(plain); NUMBER(keep); NUMBER(least_due);
    ARRAY(seen); ARRAY(due);
    i8 stop = start + n;
    GET(x, stop) ; GET(plain, stop) ; TAKE(seen, stop * HOURS) ; TAKE(due, stop * HOURS);
    if (start < 0)
        return REFUSED;
    for (i8 row = start; row < stop; row++) {
        f8 part = smaller(1.0, plain_[row] / least_due);
        i8 at = row * HOURS + hour;
        seen_[at] = seen_[at] * keep + part * x_[row] / plain_[row];
        due_[at] = due_[at] * keep + part;
    }
    return DONE;
}
