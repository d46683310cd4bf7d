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

/* Returns how many starts there are after the bucket; below 0: minus the line at fault. */
i8 focus_close(i8 n, Array *expected, Array *x, Array *judged, Array *sum, Array *mass, i8 closed,
    i8 had, Array *row, Array *at_sum, Array *at_mass, Array *at_bucket, i8 room, Array *new_row,
    Array *new_sum, Array *new_mass, Array *new_bucket)
{
    const f8 *due = taken(expected, F8, n, CONTIGUOUS), *count = taken(x, F8, n, CONTIGUOUS);
    const uint8_t *takes = taken(judged, BOOLS, n, CONTIGUOUS);
    f8 *sums = taken(sum, F8, n, CONTIGUOUS | WRITEABLE);
    f8 *masses = taken(mass, F8, n, CONTIGUOUS | WRITEABLE);
    const i8 *rows = taken(row, I8, had, CONTIGUOUS);
    const i8 *buckets = taken(at_bucket, I8, had, CONTIGUOUS);
    const f8 *of_sum = taken(at_sum, F8, had, CONTIGUOUS);
    const f8 *of_mass = taken(at_mass, F8, had, CONTIGUOUS);
    Starts to = {taken(new_row, I8, room, CONTIGUOUS | WRITEABLE),
        taken(new_sum, F8, room, CONTIGUOUS | WRITEABLE),
        taken(new_mass, F8, room, CONTIGUOUS | WRITEABLE),
        taken(new_bucket, I8, room, CONTIGUOUS | WRITEABLE), 0};
    if (!due || !count || !takes || !sums || !masses || !rows || !buckets || !of_sum || !of_mass)
        return -__LINE__;
    if (!to.row || !to.sum || !to.mass || !to.bucket)
        return -__LINE__;
    i8 from = 0;
    for (i8 i = 0; i < n; i++) {
        i8 first = to.size;
        int active = takes[i] && count[i] > 0.0;
        f8 before = masses[i], now = takes[i] ? before + due[i] : before, all = sums[i];
        while (from < had && rows[from] == i) {
            /* Where the present is the better start already, the next count would remove them. */
            int stays = active || closed % 8 || all - of_sum[from] > now - of_mass[from];
            if (stays) {
                if (to.size >= room)
                    return -__LINE__;
                push(&to, i, of_sum[from], of_mass[from], buckets[from]);
            }
            from++;
        }
        masses[i] = now;
        if (!active)
            continue;
        prune(&to, first, all, before);
        if (to.size == first) {
            /* A row without a start begins anew at zero, so that its sums stay small. */
            masses[i] = now - before;
            before = all = 0.0;
        }
        if (to.size >= room)
            return -__LINE__;
        push(&to, i, all, before, closed);
        sums[i] = all + count[i];
        prune(&to, first, sums[i], masses[i]);
    }
    return from == had ? to.size : -__LINE__;
}
