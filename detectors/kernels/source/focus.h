/* Poisson-FOCuS of many rows: `FocusBank`, which says what each line is for. */

typedef struct {
    i8 *row;
    f8 *sum, *mass;
    i8 *bucket, size;
} Starts;

/* Drops the last starts, not below `first`, that can no longer be the best. */
static inline void prune(Starts *to, i8 first, f8 sum, f8 mass)
{
    while (to->size > first) {
        i8 last = to->size - 1;
        f8 rise = 1.0, run = 1.0;
        if (last > first) {
            rise = to->sum[last] - to->sum[last - 1];
            run = to->mass[last] - to->mass[last - 1];
        }
        /* slope(before last, last) < slope(last, now), without dividing */
        if (rise * (mass - to->mass[last]) < (sum - to->sum[last]) * run)
            return;
        to->size--;
    }
}

static inline void push(Starts *to, i8 row, f8 sum, f8 mass, i8 bucket)
{
    to->row[to->size] = row;
    to->sum[to->size] = sum;
    to->mass[to->size] = mass;
    to->bucket[to->size++] = bucket;
}

/* Gives how many starts there are after the bucket. */
KERNEL(focus_close, 17)
{
    WHOLE(n); ARRAY(expected); ARRAY(x); ARRAY(judged); ARRAY(sum); ARRAY(mass); WHOLE(closed);
    WHOLE(had); ARRAY(row); ARRAY(at_sum); ARRAY(at_mass); ARRAY(at_bucket); WHOLE(room);
    ARRAY(new_row); ARRAY(new_sum); ARRAY(new_mass); ARRAY(new_bucket);
    GET(expected, n) ; GET(x, n) ; GET_FLAGS(judged, n) ; TAKE(sum, n) ; TAKE(mass, n);
    GET_INTS(row, had) ; GET(at_sum, had) ; GET(at_mass, had) ; GET_INTS(at_bucket, had);
    TAKE_INTS(new_row, room) ; TAKE(new_sum, room) ; TAKE(new_mass, room) ; TAKE_INTS(new_bucket, room);
    Starts to = {new_row_, new_sum_, new_mass_, new_bucket_, 0};
    i8 from = 0;
    for (i8 i = 0; i < n; i++) {
        i8 first = to.size;
        int active = judged_[i] && x_[i] > 0.0;
        f8 before = mass_[i], now = judged_[i] ? before + expected_[i] : before, all = sum_[i];
        while (from < had && row_[from] == i) {
            /* Where the present is the better start already, the next count would remove them. */
            int stays = active || closed % 8 || all - at_sum_[from] > now - at_mass_[from];
            if (stays) {
                if (to.size >= room)
                    return REFUSED;
                push(&to, i, at_sum_[from], at_mass_[from], at_bucket_[from]);
            }
            from++;
        }
        mass_[i] = now;
        if (!active)
            continue;
        prune(&to, first, all, before);
        if (to.size == first) {
            /* A row without a start begins anew at zero, so that its sums stay small. */
            mass_[i] = now - before;
            before = all = 0.0;
        }
        if (to.size >= room)
            return REFUSED;
        push(&to, i, all, before, closed);
        sum_[i] = all + x_[i];
        prune(&to, first, sum_[i], mass_[i]);
    }
    return from == had ? python.of_whole(to.size) : REFUSED;
}
